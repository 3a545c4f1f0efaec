package io.github.lora4j.djl.kernel;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;

/**
 * The operators on queries, keys and values in one array; shapes as in {@link QkvScript}. Each is
 * compiled at its first use.
 */
public final class QkvOps {
  private final TorchOps ops;
  private final String split;
  private final String rotate;
  private final String rotateBack;
  private final Map<AttentionMask, String> attend;
  private final Map<AttentionMask, String> attendOnCpu;
  private final Map<AttentionMask, String> attendBackOnCpu;

  /**
   * Prepares the operators.
   *
   * @param ops where they are compiled
   * @param script how the array is divided
   */
  public QkvOps(TorchOps ops, QkvScript script) {
    this.ops = ops;
    split = script.split();
    rotate = script.rotate(false);
    rotateBack = script.rotate(true);
    attend = forEachMask(script::attend);
    attendOnCpu = forEachMask(script::attendOnCpu);
    attendBackOnCpu = forEachMask(script::attendBackOnCpu);
  }

  private static Map<AttentionMask, String> forEachMask(Function<AttentionMask, String> source) {
    Map<AttentionMask, String> sources = new EnumMap<>(AttentionMask.class);
    for (AttentionMask mask : AttentionMask.values()) {
      sources.put(mask, source.apply(mask));
    }
    return sources;
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
   * Rotary position embedding in place (Su et al., 2021), on halves as in transformers' {@code
   * rotate_half}.
   *
   * @return (qkv, cos [T, 1, D/2], sin [T, 1, D/2]) → qkv
   */
  public TorchOp rotate() {
    return ops.op(rotate);
  }

  /**
   * The rotation by the opposite angle, in place: the gradient of {@link #rotate}.
   *
   * @return (dqkv, cos, sin) → dqkv
   */
  public TorchOp rotateBack() {
    return ops.op(rotateBack);
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
