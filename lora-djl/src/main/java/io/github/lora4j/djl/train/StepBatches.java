// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train;

import io.github.lora4j.data.Example;
import io.github.lora4j.data.InstructionDataset;
import io.github.lora4j.data.LengthGroupedSampler;
import java.util.List;

/** The micro-batches of one step after the other. A step never reaches into the next epoch. */
final class StepBatches {
  private final InstructionDataset data;
  private final int[] lengths;
  private final LengthGroupedSampler sampler;
  private final RunLength length;
  private final int accumulation;
  private List<List<Long>> epoch = List.of();
  private int used;
  private long epochs;

  StepBatches(InstructionDataset data, RunLength length, long seed) {
    this.data = data;
    lengths = data.lengths();
    sampler = new LengthGroupedSampler(length.batchSize(), seed);
    this.length = length;
    accumulation = length.accumulation();
  }

  /** Goes to where the batches are after some steps: their order depends on the seed alone. */
  void skipSteps(int steps) {
    int stepsPerEpoch = length.stepsPerEpoch();
    epochs = steps / stepsPerEpoch;
    int batches = steps % stepsPerEpoch * accumulation;
    if (batches > 0) {
      epoch = sampler.batches(lengths, epochs++);
      used = batches;
    }
  }

  /** The next step's micro-batches; fewer than usual where an epoch ends. */
  List<MicroBatch> next() {
    return nextRows().stream().map(MicroBatch::of).toList();
  }

  /** The rows of the next step's micro-batches; fewer than usual where an epoch ends. */
  List<List<Example>> nextRows() {
    if (used == epoch.size()) {
      epoch = sampler.batches(lengths, epochs++);
      used = 0;
    }
    int to = Math.min(epoch.size(), used + accumulation);
    List<List<Example>> step =
        epoch.subList(used, to).stream().map(rows -> MicroBatch.examples(data, rows)).toList();
    used = to;
    return step;
  }
}
