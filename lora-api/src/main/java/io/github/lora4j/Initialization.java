// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j;

import java.util.Objects;
import java.util.OptionalInt;

/**
 * What A and B hold before the first step (PEFT: {@code init_lora_weights}).
 *
 * <p>An embedding's adapter is the other way round: A is 0 and B is drawn from N(0, 1); {@link
 * #RANDOM} draws both so.
 *
 * @param rule the rule
 * @param iterations the power iterations of {@link Rule#PISSA}'s randomised decomposition, empty
 *     where it is exact; the alternations of {@link Rule#LOFTQ}; empty for the other rules
 * @param bits the bits of the quantised weight that {@link Rule#LOFTQ} corrects, 4 or 8; empty for
 *     the other rules
 */
public record Initialization(Rule rule, OptionalInt iterations, OptionalInt bits) {
  /**
   * A uniform in ±1/√inFeatures (Kaiming with a = √5), B 0: the adapter starts as no change. PEFT:
   * {@code true}.
   */
  public static final Initialization KAIMING_UNIFORM = of(Rule.KAIMING_UNIFORM);

  /** A normal with standard deviation 1/rank, B 0. PEFT: {@code "gaussian"}. */
  public static final Initialization GAUSSIAN = of(Rule.GAUSSIAN);

  /**
   * A uniform in ±1/√inFeatures, B in ±1/√rank: the adapter changes the model at once. PEFT: {@code
   * false}.
   */
  public static final Initialization RANDOM = of(Rule.RANDOM);

  /**
   * A and B from rows of one random orthogonal matrix, so that B A is 0 though neither is; the rank
   * must be even. PEFT: {@code "orthogonal"}.
   */
  public static final Initialization ORTHOGONAL = of(Rule.ORTHOGONAL);

  /**
   * The largest singular values of the weight and their vectors; what is left of the weight is the
   * adapter's base (<a href="https://arxiv.org/abs/2404.02948">Meng et al., 2024</a>). PEFT: {@code
   * "pissa"}.
   */
  public static final Initialization PISSA = of(Rule.PISSA);

  /**
   * The first columns of Q and rows of R of the weight's QR decomposition; what is left of the
   * weight is the adapter's base (<a href="https://arxiv.org/abs/2406.01775">Büyükakyüz, 2024</a>).
   * PEFT: {@code "olora"}.
   */
  public static final Initialization OLORA = of(Rule.OLORA);

  /**
   * The largest singular values, and their vectors, of what 4-bit quantisation takes off the
   * weight, so that a quantised base with the adapter starts close to the base it was made from (<a
   * href="https://arxiv.org/abs/2310.08659">Li et al., 2023</a>, with one alternation: the base's
   * codes stay as they are). PEFT: {@code "loftq"} with {@code loftq_bits} 4, {@code loftq_iter} 1.
   */
  public static final Initialization LOFTQ = loftq(4, 1);

  /** The rules. */
  public enum Rule {
    /** See {@link Initialization#KAIMING_UNIFORM}. */
    KAIMING_UNIFORM,
    /** See {@link Initialization#GAUSSIAN}. */
    GAUSSIAN,
    /** See {@link Initialization#RANDOM}. */
    RANDOM,
    /** See {@link Initialization#ORTHOGONAL}. */
    ORTHOGONAL,
    /** See {@link Initialization#PISSA}. */
    PISSA,
    /** See {@link Initialization#OLORA}. */
    OLORA,
    /** See {@link Initialization#LOFTQ}. */
    LOFTQ
  }

  /**
   * Checks iterations and bits.
   *
   * @throws ConfigurationException if they are none the rule can have
   */
  public Initialization {
    Objects.requireNonNull(rule, "rule");
    if (rule == Rule.LOFTQ) {
      require(iterations.orElse(0) >= 1, "LOFTQ alternates at least once", iterations);
      require(bits.orElse(0) == 4 || bits.orElse(0) == 8, "LOFTQ has 4 or 8 bits", bits);
    } else {
      require(bits.isEmpty(), "only LOFTQ has bits", bits);
      require(
          iterations.isEmpty() || (rule == Rule.PISSA && iterations.getAsInt() >= 0),
          "only PISSA has iterations, 0 or more, and LOFTQ, but the rule is " + rule,
          iterations);
    }
  }

  private static void require(boolean holds, String rule, OptionalInt found) {
    if (!holds) {
      String number = found.isPresent() ? String.valueOf(found.getAsInt()) : "none";
      throw new ConfigurationException("Initialization: %s, found %s".formatted(rule, number));
    }
  }

  private static Initialization of(Rule rule) {
    return new Initialization(rule, OptionalInt.empty(), OptionalInt.empty());
  }

  /**
   * {@link #PISSA} by a randomised decomposition, which is faster and nearly the same (<a
   * href="https://arxiv.org/abs/0909.4061">Halko et al., 2009</a>). PEFT: {@code "pissa_niter_N"}.
   *
   * @param iterations power iterations, 0 or more; 4 and more for a good one
   * @return the initialization
   * @throws ConfigurationException if they are negative
   */
  public static Initialization pissa(int iterations) {
    return new Initialization(Rule.PISSA, OptionalInt.of(iterations), OptionalInt.empty());
  }

  /**
   * {@link #LOFTQ} as PEFT describes it. More than one alternation quantises the base anew, so that
   * such an adapter can be loaded, but not made: here adapters share their base.
   *
   * @param bits of the quantised base, 4 or 8. PEFT: {@code loftq_bits}
   * @param iterations alternations of quantisation and decomposition, at least 1. PEFT: {@code
   *     loftq_iter}
   * @return the initialization
   * @throws ConfigurationException if there is no such
   */
  public static Initialization loftq(int bits, int iterations) {
    return new Initialization(Rule.LOFTQ, OptionalInt.of(iterations), OptionalInt.of(bits));
  }

  /**
   * Whether A and B are drawn apart, knowing only their shapes.
   *
   * @return false where they are computed together, as the decompositions are
   */
  public boolean drawsApart() {
    return switch (rule) {
      case KAIMING_UNIFORM, GAUSSIAN, RANDOM -> true;
      case ORTHOGONAL, PISSA, OLORA, LOFTQ -> false;
    };
  }

  /**
   * Whether the adapter's base is the weight less what A and B start as, and not the weight.
   *
   * @return true for {@link Rule#PISSA} and {@link Rule#OLORA}
   */
  public boolean leavesResidual() {
    return rule == Rule.PISSA || rule == Rule.OLORA;
  }
}
