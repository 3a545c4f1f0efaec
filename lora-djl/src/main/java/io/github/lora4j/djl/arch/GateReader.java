package io.github.lora4j.djl.arch;

import io.github.lora4j.djl.format.HuggingFaceConfig;
import io.github.lora4j.djl.kernel.TorchOps;
import io.github.lora4j.djl.nn.Activation;

/** Activations by their names in {@code config.json}. */
final class GateReader {
  private GateReader() {}

  static Activation gate(HuggingFaceConfig config, TorchOps ops) {
    String name = config.stringOr("silu", "hidden_act", "hidden_activation");
    return switch (name) {
      case "silu", "swish" -> Activation.siluGate(ops);
      default ->
          throw config.error(
              "hidden_act",
              "the activation \"%s\" is not supported; supported is silu".formatted(name));
    };
  }
}
