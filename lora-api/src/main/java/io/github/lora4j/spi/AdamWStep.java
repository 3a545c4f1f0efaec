// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.spi;

/**
 * The numbers of one step of Adam with decoupled weight decay, as {@code torch.optim.AdamW} makes
 * them: in double precision, then rounded to float32.
 *
 * <p>With gradient g, moments m and v and parameter p, each an array of float32 and each operation
 * rounded on its own, a step is
 *
 * <pre>
 * m = m + (g − m) · meanShare
 * v = v · varianceKeep + (varianceShare · g) · g
 * p = p · keep − (pace · m) / (√v / rootCorrection + epsilon)
 * </pre>
 *
 * @param keep what weight decay leaves of the parameter, 1 − learningRate · weightDecay
 * @param meanShare 1 − β₁
 * @param varianceKeep β₂
 * @param varianceShare 1 − β₂
 * @param pace learningRate / (1 − β₁ᵗ)
 * @param rootCorrection √(1 − β₂ᵗ)
 * @param epsilon what keeps the denominator above 0
 */
public record AdamWStep(
    float keep,
    float meanShare,
    float varianceKeep,
    float varianceShare,
    float pace,
    float rootCorrection,
    float epsilon) {

  /**
   * The numbers of step t.
   *
   * @param step t, from 1
   * @param learningRate at least 0
   * @param beta1 decay of the mean, [0, 1)
   * @param beta2 decay of the variance, [0, 1)
   * @param epsilon above 0
   * @param weightDecay at least 0
   * @return the numbers
   */
  public static AdamWStep of(
      int step,
      double learningRate,
      double beta1,
      double beta2,
      double epsilon,
      double weightDecay) {
    return new AdamWStep(
        (float) (1 - learningRate * weightDecay),
        (float) (1 - beta1),
        (float) beta2,
        (float) (1 - beta2),
        (float) (learningRate / (1 - Math.pow(beta1, step))),
        (float) Math.sqrt(1 - Math.pow(beta2, step)),
        (float) epsilon);
  }
}
