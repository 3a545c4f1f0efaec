// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import io.github.lora4j.djl.kernel.TorchOps;
import io.github.lora4j.djl.tape.ActivationStep;

/** A non-linearity inside the feed-forward part. */
public final class Activation {
  private final ActivationStep step;
  private final TokenActivation ofTokens;

  private Activation(ActivationStep step, TokenActivation ofTokens) {
    this.step = step;
    this.ofTokens = ofTokens;
  }

  /**
   * SwiGLU's gate, silu(gate) · up.
   *
   * @param ops the operators
   * @return the activation of two inputs side by side
   */
  public static Activation siluGate(TorchOps ops) {
    return new Activation(ActivationStep.siluGate(ops), TokenActivation.SILU_GATE);
  }

  /**
   * GEGLU's gate, gelu(gate) · up by the tanh approximation.
   *
   * @param ops the operators
   * @return the activation of two inputs side by side
   */
  public static Activation geluTanhGate(TorchOps ops) {
    return new Activation(ActivationStep.geluTanhGate(ops), TokenActivation.GELU_TANH_GATE);
  }

  /**
   * The tanh approximation of GELU.
   *
   * @param ops the operators
   * @return the activation of one input
   */
  public static Activation geluTanh(TorchOps ops) {
    return new Activation(ActivationStep.geluTanh(ops), TokenActivation.GELU_TANH);
  }

  /**
   * GELU by the error function.
   *
   * @param ops the operators
   * @return the activation of one input
   */
  public static Activation gelu(TorchOps ops) {
    return new Activation(ActivationStep.gelu(ops), TokenActivation.GELU);
  }

  /**
   * The rectifier.
   *
   * @param ops the operators
   * @return the activation of one input
   */
  public static Activation relu(TorchOps ops) {
    return new Activation(ActivationStep.relu(ops), TokenActivation.RELU);
  }

  /**
   * x · sigmoid(x), without a gate.
   *
   * @param ops the operators
   * @return the activation of one input
   */
  public static Activation silu(TorchOps ops) {
    return new Activation(ActivationStep.silu(ops), TokenActivation.SILU);
  }

  /** The operator on rows, forward and back. */
  ActivationStep step() {
    return step;
  }

  /** The same on single tokens. */
  TokenActivation ofTokens() {
    return ofTokens;
  }
}
