// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What the builders of all kinds of configurations have in common.
 *
 * @param <B> the builder itself
 */
public abstract sealed class AdapterConfigBuilder<B extends AdapterConfigBuilder<B>>
    permits Ia3ConfigBuilder,
        PromptTuningConfigBuilder,
        PrefixTuningConfigBuilder,
        PromptEncoderConfigBuilder,
        BottleneckConfigBuilder {
  private Optional<TaskType> taskType = Optional.empty();
  private Optional<String> baseModelNameOrPath = Optional.empty();
  private Optional<String> revision = Optional.empty();
  private final Map<String, String> unknownFields = new LinkedHashMap<>();

  AdapterConfigBuilder() {}

  abstract B self();

  AdapterMetadata metadata() {
    return new AdapterMetadata(taskType, baseModelNameOrPath, revision, unknownFields);
  }

  /**
   * Says what the model is for.
   *
   * @param task the task
   * @return this
   */
  public final B taskType(TaskType task) {
    taskType = Optional.of(task);
    return self();
  }

  /**
   * Names the model the adapter is for.
   *
   * @param name a Hugging Face name or a path
   * @return this
   */
  public final B baseModelNameOrPath(String name) {
    baseModelNameOrPath = Optional.of(name);
    return self();
  }

  /**
   * Names the version of the model the adapter is for.
   *
   * @param version a branch, tag or commit
   * @return this
   */
  public final B revision(String version) {
    revision = Optional.of(version);
    return self();
  }

  /**
   * Keeps a field of an adapter_config.json that is not modelled here.
   *
   * @param field the field's name
   * @param json its value, as JSON text
   * @return this
   */
  public final B unknownField(String field, String json) {
    unknownFields.put(field, json);
    return self();
  }
}
