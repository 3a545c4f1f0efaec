// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.zoo;

import ai.djl.Device;
import ai.djl.repository.zoo.Criteria;
import ai.djl.repository.zoo.ModelNotFoundException;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.LoadOptions;
import io.github.lora4j.LoadOptionsBuilder;
import io.github.lora4j.quant.Quantization;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What the options of a criteria say.
 *
 * @param directory the checkpoint ({@code model_id}, as DJL Serving calls it)
 * @param loadOptions where and how it is loaded (the criteria's device; {@code quantization})
 * @param adapter the adapter on it ({@code adapter})
 */
record CheckpointOptions(Path directory, LoadOptions loadOptions, Optional<Path> adapter) {
  private static final String MODEL = "model_id";
  private static final String QUANTIZATION = "quantization";
  private static final String ADAPTER = "adapter";
  private static final Set<String> KNOWN = new TreeSet<>(Set.of(MODEL, QUANTIZATION, ADAPTER));

  /**
   * Reads a criteria.
   *
   * @param criteria the criteria
   * @return what it says
   * @throws ModelNotFoundException if it names no checkpoint, and so means another zoo's model
   * @throws ConfigurationException if an option is unknown or cannot be read
   */
  static CheckpointOptions of(Criteria<?, ?> criteria) throws ModelNotFoundException {
    Map<String, String> options = Absent.asEmpty(criteria.getOptions());
    String directory = options.get(MODEL);
    if (directory == null) {
      throw new ModelNotFoundException(
          "no option \"%s\"; name the checkpoint's directory with optOption(\"%s\", ...)"
              .formatted(MODEL, MODEL));
    }
    for (String name : options.keySet()) {
      if (!KNOWN.contains(name)) {
        throw new ConfigurationException(
            "Criteria: unknown option \"%s\"; %s takes %s"
                .formatted(name, HuggingFaceZoo.GROUP_ID, KNOWN));
      }
    }
    return new CheckpointOptions(
        Path.of(directory),
        loadOptions(criteria.getDevice(), options),
        Optional.ofNullable(options.get(ADAPTER)).map(Path::of));
  }

  private static LoadOptions loadOptions(@Nullable Device device, Map<String, String> options) {
    LoadOptionsBuilder builder = LoadOptions.builder();
    if (device != null) {
      builder.device(device);
    }
    Optional.ofNullable(options.get(QUANTIZATION))
        .map(Quantization::parse)
        .ifPresent(builder::quantization);
    return builder.build();
  }
}
