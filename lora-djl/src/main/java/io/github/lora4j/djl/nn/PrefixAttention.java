// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import io.github.lora4j.djl.kernel.EngineMode;
import io.github.lora4j.djl.kernel.TorchOp;
import io.github.lora4j.djl.tape.Tape;
import java.util.Arrays;

/**
 * Attention of sequences that have a learned prefix in every layer (Li and Liang, 2021): rows with
 * the prefix's keys and values, which no position rotates, are put before each sequence, and what
 * they themselves would attend to is dropped.
 */
final class PrefixAttention implements AttentionPass {
  private final AttentionPass inner;
  private final NDManager manager;
  private final NDArray order;
  private final NDArray realRows;
  private final NDArray recorded;
  private final NDArray values;
  private final boolean trains;
  private final TorchOp selectRows;

  /**
   * Prepares a pass.
   *
   * @param manager owns what the pass holds
   * @param decoder its prefix is in use
   * @param whole the batch with the prefix's rows in it
   * @param training whether dropout is on
   * @param inner attention over the whole batch
   */
  PrefixAttention(
      NDManager manager,
      Decoder decoder,
      RaggedBatch whole,
      boolean training,
      AttentionPass inner) {
    this.inner = inner;
    this.manager = manager;
    VirtualTokens prefix = decoder.prefix().inUse().orElseThrow();
    order = VirtualRows.order(manager, whole.tokenIds(), prefix.count());
    realRows = manager.create(Arrays.stream(whole.realRows()).asLongStream().toArray());
    selectRows = decoder.ops().selectRows();
    trains = decoder.prefix().trains();
    if (trains && !EngineMode.isRecording()) {
      try (EngineMode mode = EngineMode.recording()) {
        recorded = prefix.values(order, training);
      }
      // The layers' gradients are gathered here and go through what makes the prefix once.
      values = recorded.stopGradient();
      values.attach(manager);
      values.setRequiresGradient(true);
    } else {
      recorded = prefix.values(order, training);
      values = recorded;
    }
  }

  @Override
  public NDArray attend(int layer, NDArray qkv, QkvLayout layout, Tape tape) {
    NDArray whole = tape.island(qkv, trains, rows -> withPrefix(layer, rows, layout));
    NDArray attended = inner.attend(layer, whole, layout, tape);
    return tape.island(attended, false, rows -> selectRows.apply(rows, realRows));
  }

  private NDArray withPrefix(int layer, NDArray qkv, QkvLayout layout) {
    try (NDArray index = manager.create((long) layer)) {
      return layout.ops().prefix().apply(qkv, values, order, index);
    }
  }

  @Override
  public void finishBackward() {
    if (values != recorded) {
      try (NDArray gradient = values.getGradient()) {
        JniUtils.backward((PtNDArray) recorded, (PtNDArray) gradient, false, false);
      }
    }
  }
}
