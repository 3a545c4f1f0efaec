// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What (IA)³ scales where a configuration says nothing (PEFT: {@code
 * TRANSFORMERS_MODELS_TO_IA3_TARGET_MODULES_MAPPING} and {@code
 * TRANSFORMERS_MODELS_TO_IA3_FEEDFORWARD_MODULES_MAPPING}).
 *
 * @param targets names of modules
 * @param feedforward those of them whose input is scaled
 */
record Ia3Targets(List<String> targets, List<String> feedforward) {
  private static final Ia3Targets KEYS = of("down_proj", "k_proj", "v_proj");
  private static final Ia3Targets QUERIES = of("down_proj", "q_proj", "v_proj");
  private static final Ia3Targets FUSED = of("dense_4h_to_h", "query_key_value");
  private static final Ia3Targets GPT2 = of("mlp.c_proj", "c_attn");
  private static final Ia3Targets ENCODER = of("output.dense", "key", "value");

  private static final Map<String, Ia3Targets> BY_MODEL_TYPE =
      Map.ofEntries(
          Map.entry("bert", ENCODER),
          Map.entry("bloom", of("mlp.dense_4h_to_h", "query_key_value")),
          Map.entry("deberta", of("output.dense", "in_proj")),
          Map.entry("deberta-v2", of("output.dense", "key_proj", "value_proj")),
          Map.entry("falcon", FUSED),
          Map.entry("gemma", QUERIES),
          Map.entry("gemma2", QUERIES),
          Map.entry("gpt2", GPT2),
          Map.entry("gpt_bigcode", GPT2),
          Map.entry("gpt_neo", of("c_proj", "q_proj", "v_proj")),
          Map.entry("gpt_neox", FUSED),
          Map.entry("gptj", of("fc_out", "q_proj", "v_proj")),
          Map.entry("llama", KEYS),
          Map.entry("mistral", KEYS),
          Map.entry("mixtral", of("w2", "k_proj", "v_proj")),
          Map.entry("opt", of("fc2", "q_proj", "k_proj")),
          Map.entry("phi", of("fc2", "q_proj", "v_proj")),
          Map.entry("qwen2", QUERIES),
          Map.entry("qwen3", QUERIES),
          Map.entry("roberta", ENCODER));

  /** A feed-forward module and others. */
  private static Ia3Targets of(String feedforward, String... others) {
    List<String> targets = new ArrayList<>(List.of(others));
    targets.add(feedforward);
    return new Ia3Targets(List.copyOf(targets), List.of(feedforward));
  }

  /**
   * The default of a family of models.
   *
   * @param modelType the family's name in {@code config.json}
   * @return the default, or empty if PEFT has none
   */
  static Optional<Ia3Targets> of(String modelType) {
    return Optional.ofNullable(BY_MODEL_TYPE.get(modelType));
  }
}
