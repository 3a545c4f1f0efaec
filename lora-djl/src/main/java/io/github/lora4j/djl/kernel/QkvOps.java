package io.github.lora4j.djl.kernel;

/**
 * The operators on queries, keys and values in one array; shapes as in {@link QkvScript}. Each is
 * compiled at its first use.
 */
public final class QkvOps {
  private final TorchOps ops;
  private final QkvScript script;
  private final String split;
  private final String rotate;
  private final String rotateBack;
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
    this.script = script;
    split = script.split();
    rotate = script.rotate(false);
    rotateBack = script.rotate(true);
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
   * Rotary position embedding in place (Su et al., 2021), on halves as in transformers' {@code
   * rotate_half}; where R is less than D, on the first R values of each head.
   *
   * @return (qkv, cos [T, 1, R/2], sin [T, 1, R/2]) → qkv
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
