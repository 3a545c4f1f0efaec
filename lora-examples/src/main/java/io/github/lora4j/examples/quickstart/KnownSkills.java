// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.quickstart;

import io.github.lora4j.CausalLm;
import io.github.lora4j.data.PromptTemplate;
import io.github.lora4j.generate.GenerationConfig;
import java.util.List;

/** Questions of the kinds that the bundled model was pretrained on. */
final class KnownSkills {
  static final List<String> PROMPTS =
      List.of(
          "What is the capital of France?",
          "Anna has three red apples. What color are the apples?",
          "小明有五本蓝色的书。小明有什么?");

  private static final GenerationConfig SHORT =
      GenerationConfig.greedy().toBuilder().maxNewTokens(16).build();

  private KnownSkills() {}

  static String answer(CausalLm model, String question, PromptTemplate template) {
    return model.generate(template.prompt(question, ""), SHORT);
  }
}
