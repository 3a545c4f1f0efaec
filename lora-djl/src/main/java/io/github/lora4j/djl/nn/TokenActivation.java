// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

/** Non-linearities that a {@link TokenWriter} knows. */
enum TokenActivation {
  /** silu(gate) · up. */
  SILU_GATE("torch.mul(torch.silu(%1$s), %2$s)"),
  /** gelu(gate) · up, by the tanh approximation. */
  GELU_TANH_GATE("torch.mul(torch.gelu(%1$s, approximate=\"tanh\"), %2$s)"),
  /** The tanh approximation of GELU. */
  GELU_TANH("torch.gelu(%1$s, approximate=\"tanh\")"),
  /** GELU by the error function. */
  GELU("torch.gelu(%1$s)"),
  /** max(x, 0). */
  RELU("torch.relu(%1$s)"),
  /** x · sigmoid(x). */
  SILU("torch.silu(%1$s)");

  private final String torchScript;

  TokenActivation(String torchScript) {
    this.torchScript = torchScript;
  }

  /** The same in TorchScript. */
  String torchScript(String... inputs) {
    return torchScript.formatted((Object[]) inputs);
  }
}
