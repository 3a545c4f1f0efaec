// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import ai.djl.modality.Classifications;
import ai.djl.ndarray.NDArray;
import ai.djl.nn.Activation;
import io.github.lora4j.djl.format.HuggingFaceConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * How a classifier's logits become probabilities (transformers: {@code
 * TextClassificationPipeline}).
 *
 * @param labels the names in the order of the logits
 * @param probabilities maps logits to probabilities, both (B, labels)
 */
record LabelScores(List<String> labels, UnaryOperator<NDArray> probabilities) {
  private static final String MULTI_LABEL = "multi_label_classification";

  /** Reads whether labels exclude each other. */
  static LabelScores of(HuggingFaceConfig config, List<String> labels) {
    boolean apart = labels.size() == 1 || config.stringOr("", "problem_type").equals(MULTI_LABEL);
    return new LabelScores(labels, apart ? Activation::sigmoid : logits -> logits.softmax(1));
  }

  /** One result a row of logits (B, labels). */
  List<Classifications> of(NDArray logits) {
    float[] values = probabilities.apply(logits).toFloatArray();
    List<Classifications> results = new ArrayList<>();
    for (int from = 0; from < values.length; from += labels.size()) {
      List<Double> row = new ArrayList<>();
      for (int i = from; i < from + labels.size(); i++) {
        row.add((double) values[i]);
      }
      results.add(new Classifications(labels, row));
    }
    return results;
  }
}
