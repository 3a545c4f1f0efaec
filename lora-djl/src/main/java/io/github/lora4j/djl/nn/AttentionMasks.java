// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.djl.kernel.TorchOps;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** The additive masks of a pass: what positions add to scores, and −∞ beyond a layer's window. */
final class AttentionMasks {
  private final NDManager manager;
  private final TorchOps ops;
  private final PositionScheme positions;
  private final AttentionSpec attention;

  /**
   * Prepares masks.
   *
   * @param manager owns them
   * @param ops the operators
   * @param positions how order is known
   * @param attention which windows there are
   */
  AttentionMasks(
      NDManager manager, TorchOps ops, PositionScheme positions, AttentionSpec attention) {
    this.manager = manager;
    this.ops = ops;
    this.positions = positions;
    this.attention = attention;
  }

  /**
   * Masks of whole sequences of one length.
   *
   * @param length tokens of a sequence
   * @return by window, shape (1, heads or 1, length, length), or empty where plain causality is all
   */
  Map<Integer, Optional<NDArray>> ofSequences(int length) {
    Optional<NDArray> all = positions.mask(manager, length);
    Map<Integer, Optional<NDArray>> masks = new HashMap<>();
    for (int window : attention.distinctWindows()) {
      masks.put(window, window >= length ? all : Optional.of(within(window, length, all)));
    }
    return masks;
  }

  private NDArray within(int window, int length, Optional<NDArray> all) {
    NDArray any = manager.zeros(new Shape(1));
    NDArray mask = ops.windowMask().apply(any, manager.create(new long[] {length, window}));
    return all.map(mask::add).orElse(mask);
  }

  /**
   * Masks of one new token of each sequence against the tokens before it.
   *
   * @param lengths keys of each sequence, the new one included
   * @param padded keys the cache shows, at least the longest length
   * @return one a layer, shape (B, heads or 1, 1, padded): −∞ where the token sees no key
   */
  List<NDArray> ofTokens(int[] lengths, int padded) {
    NDArray all = positions.decodeMask(manager, lengths, padded);
    int longest = Arrays.stream(lengths).max().orElse(0);
    Map<Integer, NDArray> masks =
        attention.distinctWindows().stream()
            .collect(
                Collectors.toMap(
                    window -> window,
                    window -> window >= longest ? all : all.add(past(window, lengths, padded))));
    return attention.windows().stream().map(masks::get).toList();
  }

  private NDArray past(int window, int[] lengths, int padded) {
    float[] mask = new float[lengths.length * padded];
    for (int b = 0; b < lengths.length; b++) {
      int past = Math.max(0, lengths[b] - window);
      Arrays.fill(mask, b * padded, b * padded + past, Float.NEGATIVE_INFINITY);
    }
    return manager.create(mask, new Shape(lengths.length, 1, 1, padded));
  }
}
