// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.kernel;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;

/**
 * The operators on queries, keys and values in one array; shapes as in {@link QkvScript}. Each is
 * compiled at its first use.
 */
public final class QkvOps {
  private final TorchOps ops;
  private final QkvScript script;
  private final String split;
  private final Map<RotaryPairing, String> rotate = new EnumMap<>(RotaryPairing.class);
  private final Map<RotaryPairing, String> rotateBack = new EnumMap<>(RotaryPairing.class);
  private final String prefix;
  private final Map<AttentionMask, String> attend = new EnumMap<>(AttentionMask.class);
  private final Map<AttentionMask, String> attendOnCpu = new EnumMap<>(AttentionMask.class);
  private final Map<AttentionMask, String> attendBackOnCpu = new EnumMap<>(AttentionMask.class);

  /**
   * Prepares the operators.
   *
   * @param ops where they are compiled
   * @param script how the array is divided
   */
  public QkvOps(TorchOps ops, QkvScript script) {
    this.ops = ops;
    this.script = script;
    split = script.split();
    for (RotaryPairing pairing : RotaryPairing.values()) {
      rotate.put(pairing, script.rotate(pairing, false));
      rotateBack.put(pairing, script.rotate(pairing, true));
    }
    prefix = script.prefix();
    for (AttentionMask mask : AttentionMask.values()) {
      attend.put(mask, script.attend(mask));
      attendOnCpu.put(mask, script.attendOnCpu(mask));
      attendBackOnCpu.put(mask, script.attendBackOnCpu(mask));
    }
  }

  /**
   * Takes the array apart.
   *
   * @return (qkv) → q, k, v, each (T, its heads · D)
   */
  public TorchOp split() {
    return ops.op(split);
  }

  /**
   * Rotary position embedding in place (Su et al., 2021) of the first 2 · half values of each head.
   *
   * @param pairing which two values turn together
   * @return (qkv, cos [T, 1, half], sin [T, 1, half]) → qkv
   */
  public TorchOp rotate(RotaryPairing pairing) {
    return ops.op(Objects.requireNonNull(rotate.get(pairing)));
  }

  /**
   * The rotation by the opposite angle, in place: the gradient of {@link #rotate}.
   *
   * @param pairing which two values turn together
   * @return (dqkv, cos, sin) → dqkv
   */
  public TorchOp rotateBack(RotaryPairing pairing) {
    return ops.op(Objects.requireNonNull(rotateBack.get(pairing)));
  }

  /**
   * The rows of a batch with those of a prefix.
   *
   * @return (qkv, values [n, layers · 2 · K · D], order, layer []) → n rows that hold the layer's
   *     keys and values, and those of qkv, in that order
   */
  public TorchOp prefix() {
    return ops.op(prefix);
  }

  /**
   * Root-mean-square norms of each head of queries and keys, which libtorch can differentiate.
   *
   * @param epsilon added to the mean square
   * @param offset added to the weights: 0, or 1
   * @return (qkv, wq [D], wk [D]) → qkv normed, the norms' scales of q [T, H, 1] and k [T, K, 1]
   */
  public TorchOp normHeads(double epsilon, double offset) {
    return ops.op(script.normHeads(epsilon, offset));
  }

  /**
   * The gradient of {@link #normHeads}.
   *
   * @param offset added to the weights: 0, or 1
   * @return (dy, qkv, wq, wk, scales of q, scales of k) → dqkv, which is dy written over, dwq, dwk
   */
  public TorchOp normHeadsBack(double offset) {
    return ops.op(script.normHeadsBack(offset));
  }

  /**
   * Attention within sequences, which libtorch can differentiate.
   *
   * @param mask which keys a query sees
   * @return (qkv, span[, mask]) → [N·L, H·D]
   */
  public TorchOp attend(AttentionMask mask) {
    return ops.op(Objects.requireNonNull(attend.get(mask)));
  }

  /**
   * The same on a CPU, without a graph.
   *
   * @param mask which keys a query sees
   * @return (qkv, span[, mask]) → [N·L, H·D], log-sum-exp of the scores [N, H, L]
   */
  public TorchOp attendOnCpu(AttentionMask mask) {
    return ops.op(Objects.requireNonNull(attendOnCpu.get(mask)));
  }

  /**
   * The gradient of {@link #attendOnCpu}.
   *
   * @param mask which keys a query sees
   * @return (dy [T, H·D], qkv, y [T, H·D], lse, span, dqkv[, mask]) → dqkv, written where the span
   *     is
   */
  public TorchOp attendBackOnCpu(AttentionMask mask) {
    return ops.op(Objects.requireNonNull(attendBackOnCpu.get(mask)));
  }
}
