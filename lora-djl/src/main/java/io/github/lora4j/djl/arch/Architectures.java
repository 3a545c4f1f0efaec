package io.github.lora4j.djl.arch;

import io.github.lora4j.djl.format.HuggingFaceConfig;
import java.util.List;
import java.util.stream.Collectors;

/** The architectures this library knows; adding one is one class and one line here. */
public final class Architectures {
  private static final List<Architecture> ALL =
      List.of(new BloomArchitecture(), new Gpt2Architecture(), new LlamaArchitecture());

  private Architectures() {}

  /**
   * Finds the architecture of a checkpoint.
   *
   * @param config its configuration
   * @return the architecture
   * @throws io.github.lora4j.CheckpointException naming the supported ones if it is none of them
   */
  public static Architecture of(HuggingFaceConfig config) {
    String modelType = config.string("model_type");
    return ALL.stream()
        .filter(architecture -> architecture.modelType().equals(modelType))
        .findFirst()
        .orElseThrow(
            () ->
                config.error(
                    "model_type",
                    "the architecture \"%s\" is not supported; supported are %s"
                        .formatted(modelType, supported())));
  }

  private static String supported() {
    return ALL.stream().map(Architecture::modelType).collect(Collectors.joining(", "));
  }
}
