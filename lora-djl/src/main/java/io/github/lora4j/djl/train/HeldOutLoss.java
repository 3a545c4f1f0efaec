// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train;

import io.github.lora4j.data.InstructionDataset;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.LongStream;

/**
 * The mean loss of a whole data set: the same batches each time, rows of similar length together.
 */
final class HeldOutLoss {
  private final TrainedModel model;
  private final InstructionDataset data;
  private final UnaryOperator<MicroBatch> placing;
  private final List<List<Long>> batches = new ArrayList<>();

  /** With what of the model is in use. */
  HeldOutLoss(TrainedModel model, InstructionDataset data, int batchSize) {
    this(model, data, batchSize, batch -> batch.on(model.decoder()));
  }

  /** With what {@code placing} says of each batch. */
  HeldOutLoss(
      TrainedModel model,
      InstructionDataset data,
      int batchSize,
      UnaryOperator<MicroBatch> placing) {
    this.model = model;
    this.data = data;
    this.placing = placing;
    int[] lengths = data.lengths();
    List<Long> rows =
        LongStream.range(0, lengths.length)
            .boxed()
            .sorted(Comparator.comparingInt(row -> lengths[row.intValue()]))
            .toList();
    for (int from = 0; from < rows.size(); from += batchSize) {
      batches.add(rows.subList(from, Math.min(rows.size(), from + batchSize)));
    }
  }

  /** The mean over all learned tokens, as the parameters are now. */
  double mean() {
    Evaluation evaluation = new Evaluation(model.decoder());
    double sum = 0;
    long learned = 0;
    for (List<Long> rows : batches) {
      MicroBatch batch = placing.apply(MicroBatch.of(data, rows));
      sum += evaluation.summedLoss(model.manager(), batch.batch(), batch.paddedLabels());
      learned += batch.learnedTokens();
    }
    return sum / learned;
  }
}
