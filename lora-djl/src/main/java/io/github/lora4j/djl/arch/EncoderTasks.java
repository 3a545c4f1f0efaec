// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.arch;

import io.github.lora4j.EncoderTask;
import io.github.lora4j.djl.format.HuggingFaceConfig;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** What an encoder's configuration says of its head. */
public final class EncoderTasks {
  /** A pretraining checkpoint carries the masked language model's head beside another. */
  private static final Map<String, EncoderTask> BY_ENDING =
      Map.of(
          "ForSequenceClassification", EncoderTask.SEQUENCE_CLASSIFICATION,
          "ForTokenClassification", EncoderTask.TOKEN_CLASSIFICATION,
          "ForMaskedLM", EncoderTask.MASKED_LM,
          "ForPreTraining", EncoderTask.MASKED_LM);

  private static final int DEFAULT_LABELS = 2;

  private EncoderTasks() {}

  /**
   * The head that {@code architectures} names.
   *
   * @param config the configuration
   * @return the task
   * @throws io.github.lora4j.CheckpointException if it names none that is supported
   */
  public static EncoderTask of(HuggingFaceConfig config) {
    List<String> architectures = config.stringList("architectures");
    return architectures.stream()
        .flatMap(name -> BY_ENDING.keySet().stream().filter(name::endsWith))
        .findFirst()
        .map(BY_ENDING::get)
        .orElseThrow(
            () ->
                config.error(
                    "architectures",
                    "expected a model that ends in %s, found %s"
                        .formatted(
                            String.join(", ", BY_ENDING.keySet().stream().sorted().toList()),
                            architectures)));
  }

  /**
   * The labels of a classifier (transformers: {@code id2label}).
   *
   * @param config the configuration
   * @return their names in the order of the logits
   * @throws io.github.lora4j.CheckpointException if they are not numbered from 0
   */
  public static List<String> labels(HuggingFaceConfig config) {
    Map<String, String> named = new LinkedHashMap<>();
    config
        .object("id2label")
        .ifPresent(
            labels -> labels.json().keySet().forEach(id -> named.put(id, labels.string(id))));
    int count =
        named.isEmpty()
            ? SpecReader.positiveOr(config, DEFAULT_LABELS, "num_labels")
            : named.size();
    return IntStream.range(0, count)
        .mapToObj(Integer::toString)
        .map(id -> named.isEmpty() ? "LABEL_" + id : label(config, named, id))
        .toList();
  }

  private static String label(HuggingFaceConfig config, Map<String, String> named, String id) {
    String label = named.get(id);
    if (label == null) {
      throw config.error(
          "id2label",
          "expected the ids 0 to %d, found %s".formatted(named.size() - 1, named.keySet()));
    }
    return label;
  }
}
