// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train;

import io.github.lora4j.ConfigurationException;
import io.github.lora4j.DatasetException;
import io.github.lora4j.data.Example;
import io.github.lora4j.data.InstructionDataset;
import io.github.lora4j.djl.nn.Decoder;
import io.github.lora4j.train.EvaluationPlan;
import io.github.lora4j.train.FineTuningOptions;
import java.util.Optional;

/**
 * The data of a run, every row of it known to fit the model.
 *
 * @param training what to train on
 * @param evaluation what to evaluate on
 */
record RunData(InstructionDataset training, Optional<InstructionDataset> evaluation) {
  static RunData of(
      InstructionDataset training,
      Optional<InstructionDataset> evaluation,
      FineTuningOptions options,
      Decoder decoder) {
    requireFit("training", training, decoder);
    evaluation.ifPresent(data -> requireFit("evaluation", data, decoder));
    EvaluationPlan plan = options.evaluation();
    if (plan.fraction() > 0 && evaluation.isPresent()) {
      throw new ConfigurationException(
          "FineTuner: evaluationFraction and evaluation data exclude each other; leave one out");
    }
    if (plan.needsData() && plan.fraction() == 0 && evaluation.isEmpty()) {
      throw new ConfigurationException(
          "FineTuner: keepBest and earlyStoppingPatience need evaluation data; set"
              + " evaluationFraction, or pass a data set to evaluate on");
    }
    if (plan.fraction() > 0) {
      InstructionDataset.Split split = training.split(plan.fraction(), options.seed());
      return new RunData(split.train(), Optional.of(split.evaluation()));
    }
    return new RunData(training, evaluation);
  }

  private static void requireFit(String name, InstructionDataset data, Decoder decoder) {
    if (data.examples().isEmpty()) {
      throw new DatasetException("the %s data has no rows".formatted(name));
    }
    for (int row = 0; row < data.examples().size(); row++) {
      requireFit(name, row, data.example(row), decoder);
    }
  }

  private static void requireFit(String name, int row, Example example, Decoder decoder) {
    int longest = decoder.maxTokens();
    if (example.length() > longest) {
      throw new DatasetException(
          "row %d of the %s data (from 0): %d tokens are more than the model's %d positions; set"
                  .formatted(row, name, example.length(), longest)
              + " maxLength(%d) on the InstructionDataset".formatted(longest));
    }
    int vocabulary = decoder.spec().vocabularySize();
    for (int id : example.inputIds()) {
      if (id < 0 || id >= vocabulary) {
        throw new DatasetException(
            "row %d of the %s data (from 0): token id %d is outside the model's vocabulary (0 to %d);"
                    .formatted(row, name, id, vocabulary - 1)
                + " build the data set with the tokenizer of this model");
      }
    }
  }
}
