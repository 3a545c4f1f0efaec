package io.github.lora4j.djl.nn;

import io.github.lora4j.djl.kernel.TorchOp;
import io.github.lora4j.djl.kernel.TorchOps;

/** A non-linearity inside the feed-forward part. */
public final class Activation {
  private final TorchOp op;
  private final TokenActivation ofTokens;

  private Activation(TorchOp op, TokenActivation ofTokens) {
    this.op = op;
    this.ofTokens = ofTokens;
  }

  /**
   * SwiGLU's gate, silu(gate) · up.
   *
   * @param ops the operators
   * @return the activation of two inputs
   */
  public static Activation siluGate(TorchOps ops) {
    return new Activation(ops.siluGate(), TokenActivation.SILU_GATE);
  }

  /**
   * The tanh approximation of GELU.
   *
   * @param ops the operators
   * @return the activation of one input
   */
  public static Activation geluTanh(TorchOps ops) {
    return new Activation(ops.geluTanh(), TokenActivation.GELU_TANH);
  }

  /** The operator on rows. */
  TorchOp op() {
    return op;
  }

  /** The same on single tokens. */
  TokenActivation ofTokens() {
    return ofTokens;
  }
}
