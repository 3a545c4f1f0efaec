// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.generate;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.djl.kernel.TorchOp;
import io.github.lora4j.djl.kernel.TorchOps;
import io.github.lora4j.djl.nn.DecoderSpec;
import java.util.Arrays;
import java.util.function.UnaryOperator;

/**
 * Keys and values of the tokens so far: for each layer two arrays (B, keyValueHeads, capacity,
 * headDim), sequence b filled from 0 to its length. Doubles its capacity when full.
 */
final class KvCache implements AutoCloseable {
  private static final int FIRST_CAPACITY = 64;

  private final NDManager manager;
  private final DecoderSpec spec;
  private final TorchOp fill;
  private final TorchOp grow;
  private final TorchOp selectRows;
  private final NDArray[] keys;
  private final NDArray[] values;
  private int capacity;

  KvCache(NDManager parent, TorchOps ops, DecoderSpec spec, int sequences, int longest) {
    manager = parent.newSubManager();
    this.spec = spec;
    fill = ops.fillCache();
    grow = ops.growCache();
    selectRows = ops.selectRows();
    keys = new NDArray[spec.numLayers()];
    values = new NDArray[spec.numLayers()];
    capacity = Math.max(FIRST_CAPACITY, roundUp(longest + 1));
    Arrays.setAll(keys, layer -> empty(sequences));
    Arrays.setAll(values, layer -> empty(sequences));
  }

  private static int roundUp(int length) {
    return Math.max(1, Integer.highestOneBit(length - 1)) * 2;
  }

  private NDArray empty(long sequences) {
    return manager.zeros(new Shape(sequences, spec.keyValueHeads(), capacity, spec.headDim()));
  }

  NDArray keys(int layer) {
    return keys[layer];
  }

  NDArray values(int layer) {
    return values[layer];
  }

  /** The keys of all layers. */
  NDArray[] keys() {
    return keys;
  }

  /** The values of all layers. */
  NDArray[] values() {
    return values;
  }

  /**
   * Stores a prompt's rows.
   *
   * @param span first row, count, sequence
   */
  void fill(int layer, NDArray k, NDArray v, NDArray span) {
    fill.apply(k, keys[layer], span).close();
    fill.apply(v, values[layer], span).close();
  }

  /** Makes room for one more token than the longest sequence has. */
  void reserve(int longest) {
    if (longest < capacity) {
      return;
    }
    capacity = roundUp(longest + 1);
    replaceAll(this::grown);
  }

  private NDArray grown(NDArray old) {
    try (NDArray larger = empty(old.getShape().get(0))) {
      return grow.apply(old, larger);
    }
  }

  /** Keeps some sequences. */
  void retain(int[] live) {
    try (NDArray rows = manager.create(Arrays.stream(live).asLongStream().toArray())) {
      replaceAll(old -> selectRows.apply(old, rows));
    }
  }

  private void replaceAll(UnaryOperator<NDArray> change) {
    for (NDArray[] side : new NDArray[][] {keys, values}) {
      for (int layer = 0; layer < side.length; layer++) {
        NDArray old = side[layer];
        side[layer] = change.apply(old);
        old.close();
      }
    }
  }

  @Override
  public void close() {
    manager.close();
  }
}
