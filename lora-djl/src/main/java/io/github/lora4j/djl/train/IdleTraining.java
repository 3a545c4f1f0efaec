// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train;

import io.github.lora4j.train.FineTuningOptions;
import io.github.lora4j.train.StepReport;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** Sees a training that does nothing, and says why that may be. */
final class IdleTraining {
  private static final int FIRST_STEPS = 3;

  private final int watchedSteps;
  private final List<String> warnings = new ArrayList<>();
  private int idleSteps;

  IdleTraining(int totalSteps) {
    watchedSteps = Math.min(FIRST_STEPS, totalSteps);
  }

  /** What is plain before the first step. */
  Optional<String> beforehand(RunOptimizer optimizer, FineTuningOptions options, int totalSteps) {
    boolean neverMoves =
        IntStream.rangeClosed(1, totalSteps)
            .allMatch(step -> optimizer.learningRate().getNewValue(step) == 0);
    if (!neverMoves) {
      return Optional.empty();
    }
    String cause =
        options.learningRate().peak() == 0
            ? "set learningRate above 0"
            : "the warm-up is as long as the run: lower warmupSteps or warmupRatio, or train"
                + " longer";
    return warn(
        "the learning rate is 0 in every one of the %d steps, so nothing is learned; %s"
            .formatted(totalSteps, cause));
  }

  /** What a step shows. */
  Optional<String> after(StepReport report) {
    idleSteps = report.gradientNorm() == 0 ? idleSteps + 1 : 0;
    if (report.step() != watchedSteps || idleSteps != watchedSteps) {
      return Optional.empty();
    }
    return warn(
        "the gradients of the first %d step(s) are all 0, so nothing is learned; likely both factors"
                .formatted(watchedSteps)
            + " of each adapted module are 0, as after an adapter was zeroed: make or load the"
            + " adapter anew. Otherwise what trains has no part in the loss, or the loss is 0"
            + " already (here "
            + report.loss()
            + ")");
  }

  private Optional<String> warn(String text) {
    warnings.add(text);
    return Optional.of(text);
  }

  List<String> warnings() {
    return Collections.unmodifiableList(warnings);
  }
}
