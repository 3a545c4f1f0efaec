// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.report;

import ai.djl.metric.Metrics;
import ai.djl.metric.Unit;
import io.github.lora4j.train.EvaluationReport;
import io.github.lora4j.train.StepReport;

/** A run as DJL's metrics. */
final class MetricsReport implements RunReport {
  private final Metrics metrics;

  MetricsReport(Metrics metrics) {
    this.metrics = metrics;
  }

  @Override
  public void onStep(StepReport report) {
    metrics.addMetric("loss", report.loss());
    metrics.addMetric("learning_rate", report.learningRate());
    metrics.addMetric("gradient_norm", report.gradientNorm());
    metrics.addMetric("tokens_per_second", report.tokensPerSecond(), Unit.COUNT_PER_SECOND);
    metrics.addMetric("memory", report.memoryBytes(), Unit.BYTES);
  }

  @Override
  public void onEvaluation(EvaluationReport report) {
    metrics.addMetric("evaluation_loss", report.loss());
  }
}
