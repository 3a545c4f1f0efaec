// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.arch;

import io.github.lora4j.djl.format.HuggingFaceConfig;
import io.github.lora4j.djl.kernel.TorchOps;
import io.github.lora4j.djl.nn.Activation;

/** Activations of gated feed-forward parts by their names in {@code config.json}. */
final class GateReader {
  private GateReader() {}

  static Activation gate(HuggingFaceConfig config, TorchOps ops) {
    return gate(config, config.stringOr("silu", "hidden_act"), ops);
  }

  /** Gemma's, whose early configurations say gelu and mean its approximation. */
  static Activation gemmaGate(HuggingFaceConfig config, TorchOps ops) {
    String name = config.stringOr("gelu_pytorch_tanh", "hidden_activation", "hidden_act");
    return gate(config, name.equals("gelu") ? "gelu_pytorch_tanh" : name, ops);
  }

  private static Activation gate(HuggingFaceConfig config, String name, TorchOps ops) {
    return switch (name) {
      case "silu", "swish" -> Activation.siluGate(ops);
      case "gelu_pytorch_tanh", "gelu_new" -> Activation.geluTanhGate(ops);
      default ->
          throw config.error(
              "hidden_act",
              "the activation \"%s\" is not supported; supported are silu, gelu_pytorch_tanh"
                  .formatted(name));
    };
  }
}
