// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.combine;

/**
 * The methods by which adapters are combined (PEFT: {@code combination_type}). Those named SVD
 * combine the changes of weights, scaling · B A, and take the result apart again; those without
 * combine A and B each for itself, and so need equal ranks; CAT alone is exact.
 */
public enum CombinationType {
  /** Weighted sums (task arithmetic; Ilharco et al., 2023). */
  LINEAR(false, false, false),
  /** A and B put side by side: the weighted sum of the changes, exactly; the ranks add up. */
  CAT(false, false, false),
  /** The weighted sum of the changes, of the rank that is asked for. */
  SVD(true, false, false),
  /** Small values go, the majority's sign is elected (Yadav et al., 2023). */
  TIES(false, true, true),
  /** TIES of the changes. */
  TIES_SVD(true, true, true),
  /** Values drop out by chance, the others are stretched, then LINEAR (Yu et al., 2024). */
  DARE_LINEAR(false, true, false),
  /** Values drop out by chance, the others are stretched, then the election of TIES. */
  DARE_TIES(false, true, true),
  /** DARE_LINEAR of the changes. */
  DARE_LINEAR_SVD(true, true, false),
  /** DARE_TIES of the changes. */
  DARE_TIES_SVD(true, true, true),
  /** Small values go, then LINEAR. */
  MAGNITUDE_PRUNE(false, true, false),
  /** MAGNITUDE_PRUNE of the changes. */
  MAGNITUDE_PRUNE_SVD(true, true, false);

  private final boolean decomposes;
  private final boolean prunes;
  private final boolean elects;

  CombinationType(boolean decomposes, boolean prunes, boolean elects) {
    this.decomposes = decomposes;
    this.prunes = prunes;
    this.elects = elects;
  }

  /**
   * Whether the changes of weights are combined, and the result decomposed.
   *
   * @return true for those named SVD
   */
  public boolean decomposes() {
    return decomposes;
  }

  /**
   * Whether a part of the values goes, so that a density is needed.
   *
   * @return true for TIES, DARE and MAGNITUDE_PRUNE
   */
  public boolean prunes() {
    return prunes;
  }

  /**
   * Whether a sign is elected.
   *
   * @return true for those named TIES
   */
  public boolean elects() {
    return elects;
  }
}
