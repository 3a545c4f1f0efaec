// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * What an adapter's configuration says whatever its kind (PEFT: {@code PeftConfig}).
 *
 * @param taskType what the model is for
 * @param baseModelNameOrPath the model the adapter is for
 * @param revision the version of that model
 * @param unknownFields fields of an adapter_config.json that are not modelled here, as JSON texts;
 *     they are kept for when it is written again
 */
public record AdapterMetadata(
    Optional<TaskType> taskType,
    Optional<String> baseModelNameOrPath,
    Optional<String> revision,
    Map<String, String> unknownFields) {
  /** Copies the map. */
  public AdapterMetadata {
    Objects.requireNonNull(taskType, "taskType");
    Objects.requireNonNull(baseModelNameOrPath, "baseModelNameOrPath");
    Objects.requireNonNull(revision, "revision");
    unknownFields = Collections.unmodifiableMap(new LinkedHashMap<>(unknownFields));
  }

  /**
   * The same with a task.
   *
   * @param task what the model is for, if nothing was said of it
   * @return metadata that say a task
   */
  public AdapterMetadata withTaskIfNone(TaskType task) {
    return new AdapterMetadata(
        Optional.of(taskType.orElse(task)), baseModelNameOrPath, revision, unknownFields);
  }
}
