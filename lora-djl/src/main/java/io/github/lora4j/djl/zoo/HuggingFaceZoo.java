// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.zoo;

import ai.djl.repository.zoo.ModelZoo;
import java.util.Set;

/**
 * The model zoo that holds every Hugging Face checkpoint on this machine's disk:
 *
 * <pre>{@code
 * Criteria.builder()
 *     .setTypes(String.class, String.class)
 *     .optGroupId("io.github.lora4j")
 *     .optOption("model_id", "/models/llama")
 *     .optOption("quantization", "nf4-double")
 *     .optOption("adapter", "/adapters/support")
 *     .optArgument("max_new_tokens", 64)
 *     .build()
 *     .loadModel()
 * }</pre>
 *
 * <p>DJL's {@code optModelPath} is no way here: it stands for a zoo of its own, whose models are
 * files of the engine.
 */
public final class HuggingFaceZoo extends ModelZoo {
  /** The group that criteria name. */
  public static final String GROUP_ID = "io.github.lora4j";

  /** The engine whose name criteria may give. */
  static final String ENGINE = "PyTorch";

  HuggingFaceZoo() {
    addModel(new HuggingFaceLoader());
  }

  @Override
  public String getGroupId() {
    return GROUP_ID;
  }

  @Override
  public Set<String> getSupportedEngines() {
    return Set.of(ENGINE);
  }
}
