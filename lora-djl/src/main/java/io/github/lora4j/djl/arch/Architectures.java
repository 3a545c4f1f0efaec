// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.arch;

import io.github.lora4j.ConfigurationException;
import io.github.lora4j.djl.format.HuggingFaceConfig;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** The architectures this library knows; adding one is one class and one line here. */
public final class Architectures {
  private static final List<Architecture> DECODERS =
      List.of(
          new BloomArchitecture(),
          new FalconArchitecture(),
          new GemmaArchitecture(),
          new Gemma2Architecture(),
          new Gpt2Architecture(),
          new GptNeoxArchitecture(),
          new GptjArchitecture(),
          new LlamaArchitecture(),
          new MistralArchitecture(),
          new MptArchitecture(),
          new OptArchitecture(),
          new Phi3Architecture(),
          new Qwen2Architecture(),
          new Qwen3Architecture());
  private static final List<EncoderArchitecture> ENCODERS =
      List.of(new BertArchitecture(), new RobertaArchitecture());

  private Architectures() {}

  /**
   * Finds the architecture of a causal language model's checkpoint.
   *
   * @param config its configuration
   * @return the architecture
   * @throws io.github.lora4j.CheckpointException naming the supported ones if it is none of them
   * @throws ConfigurationException if it is an encoder
   */
  public static Architecture of(HuggingFaceConfig config) {
    return find(DECODERS, config)
        .orElseThrow(() -> notAmong(DECODERS, ENCODERS, "an encoder", "loadEncoder", config));
  }

  /**
   * Finds the architecture of an encoder's checkpoint.
   *
   * @param config its configuration
   * @return the architecture
   * @throws io.github.lora4j.CheckpointException naming the supported ones if it is none of them
   * @throws ConfigurationException if it is a causal language model
   */
  public static EncoderArchitecture ofEncoder(HuggingFaceConfig config) {
    return find(ENCODERS, config)
        .orElseThrow(() -> notAmong(ENCODERS, DECODERS, "a causal language model", "load", config));
  }

  private static <F extends ModelFamily> Optional<F> find(
      List<F> families, HuggingFaceConfig config) {
    String modelType = config.string("model_type");
    return families.stream().filter(family -> family.modelType().equals(modelType)).findFirst();
  }

  private static RuntimeException notAmong(
      List<? extends ModelFamily> wanted,
      List<? extends ModelFamily> others,
      String other,
      String method,
      HuggingFaceConfig config) {
    String modelType = config.string("model_type");
    if (find(others, config).isPresent()) {
      return new ConfigurationException(
          "%s: model_type \"%s\" is %s; load it with HuggingFaceModel.%s"
              .formatted(config.path(), modelType, other, method));
    }
    String supported =
        wanted.stream().map(ModelFamily::modelType).collect(Collectors.joining(", "));
    return config.error(
        "model_type",
        "the architecture \"%s\" is not supported; supported are %s"
            .formatted(modelType, supported));
  }
}
