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
  private final String split;
  private final Map<RotaryPairing, String> rotate = new EnumMap<>(RotaryPairing.class);
  private final Map<RotaryPairing, String> rotateBack = new EnumMap<>(RotaryPairing.class);
  private final String prefix;
  private final String attend;
  private final String attendMasked;
  private final String attendOnCpu;
  private final String attendMaskedOnCpu;
  private final String attendBackOnCpu;
  private final String attendMaskedBackOnCpu;

  /**
   * Prepares the operators.
   *
   * @param ops where they are compiled
   * @param script how the array is divided
   */
  public QkvOps(TorchOps ops, QkvScript script) {
    this.ops = ops;
    split = script.split();
    for (RotaryPairing pairing : RotaryPairing.values()) {
      rotate.put(pairing, script.rotate(pairing, false));
      rotateBack.put(pairing, script.rotate(pairing, true));
    }
    prefix = script.prefix();
    attend = script.attend(false);
    attendMasked = script.attend(true);
    attendOnCpu = script.attendOnCpu(false);
    attendMaskedOnCpu = script.attendOnCpu(true);
    attendBackOnCpu = script.attendBackOnCpu(false);
    attendMaskedBackOnCpu = script.attendBackOnCpu(true);
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
   * Attention within sequences, which libtorch can differentiate.
   *
   * @param masked under an additive mask [1, H or 1, L, L], else causal
   * @return (qkv, span[, mask]) → [N·L, H·D]
   */
  public TorchOp attend(boolean masked) {
    return ops.op(masked ? attendMasked : attend);
  }

  /**
   * The same on a CPU, without a graph.
   *
   * @param masked under an additive mask, else causal
   * @return (qkv, span[, mask]) → [N·L, H·D], log-sum-exp of the scores [N, H, L]
   */
  public TorchOp attendOnCpu(boolean masked) {
    return ops.op(masked ? attendMaskedOnCpu : attendOnCpu);
  }

  /**
   * The gradient of {@link #attendOnCpu}.
   *
   * @param masked under an additive mask, else causal
   * @return (dy [T, H·D], qkv, y [T, H·D], lse, span, dqkv[, mask]) → dqkv, written where the span
   *     is
   */
  public TorchOp attendBackOnCpu(boolean masked) {
    return ops.op(masked ? attendMaskedBackOnCpu : attendBackOnCpu);
  }
}
