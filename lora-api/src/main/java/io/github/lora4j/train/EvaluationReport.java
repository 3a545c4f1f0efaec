// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.train;

/**
 * One evaluation, without dropout and without gradients.
 *
 * @param step the step after which it was made, counted from 1
 * @param loss the mean cross entropy over all learned tokens of the evaluation data, in nats
 */
public record EvaluationReport(int step, double loss) {
  /**
   * The perplexity.
   *
   * @return e to the loss
   */
  public double perplexity() {
    return Math.exp(loss);
  }
}
