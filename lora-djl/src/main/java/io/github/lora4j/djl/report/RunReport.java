// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.report;

import io.github.lora4j.train.EvaluationReport;
import io.github.lora4j.train.FineTuningListener;
import io.github.lora4j.train.StepReport;
import java.util.List;

/** One form in which a run is reported. Closed at its end, however it ends. */
interface RunReport extends FineTuningListener, AutoCloseable {
  /**
   * The model was asked.
   *
   * @param samples all samples, as far as they are known
   */
  default void onSamples(List<Sample> samples) {}

  /**
   * An earlier process of this run made a step; the reports begin anew with all of it.
   *
   * @param step what came of it
   */
  default void remember(StepReport step) {
    onStep(step);
  }

  /**
   * An earlier process of this run made an evaluation.
   *
   * @param evaluation what came of it
   */
  default void remember(EvaluationReport evaluation) {
    onEvaluation(evaluation);
  }

  @Override
  default void close() {}
}
