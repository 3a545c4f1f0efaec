// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train;

import ai.djl.ndarray.NDManager;
import io.github.lora4j.data.Example;
import io.github.lora4j.djl.inject.AdapterSet;
import io.github.lora4j.djl.nn.RaggedBatch;
import java.util.List;
import java.util.stream.Stream;

/**
 * One micro-batch of each of several jobs as one ragged batch: the base's products over all rows,
 * each adapter over its own (m-LoRA: BatchLoRA). Each target weighs what it weighs in its own job's
 * mean, so that one walk back gives every job its own gradient.
 */
final class FusedPass {
  private final List<Part> parts;
  private final RaggedBatch batch;
  private final NextTokenTargets targets;

  FusedPass(List<Part> parts, AdapterSet adapters) {
    this.parts = parts;
    MicroBatch all = MicroBatch.of(parts.stream().flatMap(part -> part.rows.stream()).toList());
    batch = all.batch().with(adapters.rows(parts.stream().flatMap(Part::adapterOfRow).toList()));
    targets = NextTokenTargets.shift(batch, all.paddedLabels());
  }

  /** Adds gradients to the adapters' parameters, and losses to the steps. */
  void run(GradientEngine engine, NDManager parent) {
    if (targets.count() == 0) {
      return;
    }
    Part[] owners = owners();
    float[] weights = new float[owners.length];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = (float) owners[i].step.weight();
    }
    try (NDManager manager = parent.newSubManager()) {
      GradientEngine.PendingLoss pending = engine.forward(manager, batch, targets, weights);
      pending.backward();
      float[] losses = pending.losses();
      for (int i = 0; i < losses.length; i++) {
        owners[i].step.add(losses[i]);
      }
    }
  }

  /** The part that each target belongs to. */
  private Part[] owners() {
    Part[] owners = new Part[targets.count()];
    int[] tokens = targets.rows();
    int target = 0;
    int sequence = 0;
    for (Part part : parts) {
      sequence += part.rows.size();
      int end = batch.offsets()[sequence];
      while (target < tokens.length && tokens[target] < end) {
        owners[target++] = part;
      }
    }
    return owners;
  }

  /**
   * What one job brings.
   *
   * @param adapter its adapter's name
   * @param step where its losses add up
   * @param rows its rows
   */
  record Part(String adapter, JobStep step, List<Example> rows) {
    private Stream<String> adapterOfRow() {
      return rows.stream().map(row -> adapter);
    }
  }
}
