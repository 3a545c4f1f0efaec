// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import io.github.lora4j.ConfigurationException;
import io.github.lora4j.LoraModel;
import io.github.lora4j.data.LlmTokenizer;
import io.github.lora4j.generate.GenerationConfig;
import io.github.lora4j.generate.GenerationResult;
import io.github.lora4j.generate.TokenListener;
import io.github.lora4j.train.GradientCheckpointing;
import java.util.List;

/**
 * A model with adapters that is no causal language model: what only such a model can do is refused,
 * and the message says what the model is.
 */
interface NoText extends LoraModel {
  /**
   * What the model is.
   *
   * @return with its article, as a sentence goes on: {@code a bert encoder}
   */
  String kind();

  @Override
  default LlmTokenizer tokenizer() {
    throw refusal("tokenizer");
  }

  @Override
  default List<GenerationResult> generate(
      List<String> prompts, GenerationConfig config, TokenListener listener) {
    throw refusal("generate");
  }

  @Override
  default List<int[]> generateTokens(List<int[]> prompts, GenerationConfig config) {
    throw refusal("generateTokens");
  }

  @Override
  default void setGradientCheckpointing(GradientCheckpointing checkpointing) {
    throw refusal("setGradientCheckpointing");
  }

  /**
   * The exception for what only a causal language model can do.
   *
   * @param method what was called
   * @return the exception, to be thrown
   */
  default ConfigurationException refusal(String method) {
    return refusal(method, "load one with HuggingFaceModel.load");
  }

  /**
   * The exception for what a model of this kind cannot do.
   *
   * @param method what was called
   * @param instead what to do
   * @return the exception, to be thrown
   */
  default ConfigurationException refusal(String method, String instead) {
    return new ConfigurationException(
        "%s: \"%s\" is %s and no causal language model; %s"
            .formatted(method, getName(), kind(), instead));
  }
}
