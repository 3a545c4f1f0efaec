package io.github.lora4j.djl.arch;

import ai.djl.ndarray.NDManager;
import io.github.lora4j.djl.format.HuggingFaceConfig;
import io.github.lora4j.djl.nn.Decoder;
import io.github.lora4j.djl.nn.WeightSource;
import java.util.List;

/** One family of models: how its configuration and its names map onto the decoder. */
public interface Architecture {
  /**
   * The family's name in {@code config.json}.
   *
   * @return {@code model_type}
   */
  String modelType();

  /**
   * What an adapter targets if its configuration says nothing (PEFT: {@code
   * TRANSFORMERS_MODELS_TO_LORA_TARGET_MODULES_MAPPING}).
   *
   * @return names of modules
   */
  List<String> defaultTargets();

  /**
   * The prefix that some checkpoints of the family leave off their tensors' names.
   *
   * @return for example {@code transformer.}, or nothing
   */
  default String optionalPrefix() {
    return "";
  }

  /**
   * Tensors that checkpoints of the family may carry and nothing needs.
   *
   * @return regular expressions on whole names
   */
  default List<String> unusedTensors() {
    return List.of();
  }

  /**
   * Builds the decoder.
   *
   * @param config the configuration
   * @param manager owns every weight
   * @param weights where they come from
   * @return the decoder, frozen
   * @throws io.github.lora4j.CheckpointException if the configuration or a weight cannot be
   */
  Decoder build(HuggingFaceConfig config, NDManager manager, WeightSource weights);
}
