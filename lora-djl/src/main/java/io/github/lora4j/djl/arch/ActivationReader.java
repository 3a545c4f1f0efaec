// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.arch;

import io.github.lora4j.djl.format.HuggingFaceConfig;
import io.github.lora4j.djl.kernel.TorchOps;
import io.github.lora4j.djl.nn.Activation;

/**
 * Activations of one input by their names in {@code config.json} (transformers: {@code ACT2FN}).
 */
final class ActivationReader {
  private ActivationReader() {}

  static Activation plain(HuggingFaceConfig config, TorchOps ops, String fallback, String field) {
    String name = config.stringOr(fallback, field);
    return switch (name) {
      case "gelu", "gelu_python" -> Activation.gelu(ops);
      case "gelu_new", "gelu_fast", "gelu_pytorch_tanh" -> Activation.geluTanh(ops);
      case "relu" -> Activation.relu(ops);
      case "silu", "swish" -> Activation.silu(ops);
      default ->
          throw config.error(
              field,
              "the activation \"%s\" is not supported; supported are gelu, gelu_new, gelu_fast, gelu_pytorch_tanh, relu, silu"
                  .formatted(name));
    };
  }
}
