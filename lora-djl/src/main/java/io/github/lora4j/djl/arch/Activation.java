package io.github.lora4j.djl.arch;

import io.github.lora4j.djl.format.HuggingFaceConfig;
import io.github.lora4j.djl.kernel.TorchOp;
import io.github.lora4j.djl.kernel.TorchOps;

/** Activations by their names in {@code config.json}. */
final class Activation {
  private Activation() {}

  static TorchOp gate(HuggingFaceConfig config, TorchOps ops) {
    String name = config.stringOr("silu", "hidden_act", "hidden_activation");
    return switch (name) {
      case "silu", "swish" -> ops.siluGate();
      default ->
          throw config.error(
              "hidden_act",
              "the activation \"%s\" is not supported; supported is silu".formatted(name));
    };
  }
}
