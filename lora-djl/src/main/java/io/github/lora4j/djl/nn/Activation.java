package io.github.lora4j.djl.nn;

import io.github.lora4j.djl.kernel.TorchOps;
import io.github.lora4j.djl.tape.ActivationStep;

/**
 * A non-linearity inside the feed-forward part.
 *
 * @param step the operator on rows, forward and back
 * @param expression the same on one token, in TorchScript: %1$s is its input, %2$s a second one
 */
public record Activation(ActivationStep step, String expression) {
  /**
   * SwiGLU's gate, silu(gate) · up.
   *
   * @param ops the operators
   * @return the activation of two inputs side by side
   */
  public static Activation siluGate(TorchOps ops) {
    return new Activation(ActivationStep.siluGate(ops), "torch.mul(torch.silu(%1$s), %2$s)");
  }

  /**
   * The tanh approximation of GELU.
   *
   * @param ops the operators
   * @return the activation of one input
   */
  public static Activation geluTanh(TorchOps ops) {
    return new Activation(ActivationStep.geluTanh(ops), "torch.gelu(%1$s, approximate=\"tanh\")");
  }

  String write(TokenScript script, String... inputs) {
    return script.let(expression.formatted((Object[]) inputs));
  }
}
