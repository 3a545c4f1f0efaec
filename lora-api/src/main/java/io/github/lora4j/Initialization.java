package io.github.lora4j;

/**
 * What A and B hold before the first step (PEFT: {@code init_lora_weights}).
 *
 * <p>An embedding's adapter is the other way round: A is 0 and B is drawn from N(0, 1); {@link
 * #RANDOM} draws both so.
 */
public enum Initialization {
  /**
   * A uniform in ±1/√inFeatures (Kaiming with a = √5), B 0: the adapter starts as no change. PEFT:
   * {@code true}.
   */
  KAIMING_UNIFORM,
  /** A normal with standard deviation 1/rank, B 0. PEFT: {@code "gaussian"}. */
  GAUSSIAN,
  /**
   * A uniform in ±1/√inFeatures, B in ±1/√rank: the adapter changes the model at once. PEFT: {@code
   * false}.
   */
  RANDOM
}
