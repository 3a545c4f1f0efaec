// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.plan;

import io.github.lora4j.ConfigurationException;
import java.util.Locale;
import java.util.OptionalLong;

/**
 * How an optimizer holds the two moments of Adam.
 *
 * @param bits bits a value of a moment takes: 32, or 8 in blocks with a scale each
 * @param residentBudget bytes that may be in memory, the rest lies in a file; empty for all
 */
public record OptimizerState(int bits, OptionalLong residentBudget) {
  /** What a paged optimizer keeps in memory unless it is told otherwise. */
  public static final long DEFAULT_RESIDENT_BUDGET = 1L << 30;

  /** Values of a moment that share a scale under 8 bits. */
  private static final int BLOCK = 256;

  /** What is moved between memory and file at a time. */
  private static final long PAGE = 4L << 20;

  /** With 8 bits, parameters of fewer values keep 32. */
  private static final int SMALLEST_8_BIT = 4096;

  /**
   * Checks the settings.
   *
   * @throws ConfigurationException if bits are neither 32 nor 8, or the budget is not above 0
   */
  public OptimizerState {
    if (bits != 32 && bits != 8) {
      throw new ConfigurationException("OptimizerState: bits must be 32 or 8, was " + bits);
    }
    if (residentBudget.orElse(1) < 1) {
      throw new ConfigurationException(
          "OptimizerState: residentBudget must be above 0, was " + residentBudget.getAsLong());
    }
  }

  /**
   * AdamW with all its state in memory.
   *
   * @return the state
   */
  public static OptimizerState adamW() {
    return new OptimizerState(32, OptionalLong.empty());
  }

  /**
   * Paged AdamW with 32 bits (bitsandbytes: {@code paged_adamw_32bit}).
   *
   * @return the state with the default budget
   */
  public static OptimizerState pagedAdamW() {
    return new OptimizerState(32, OptionalLong.of(DEFAULT_RESIDENT_BUDGET));
  }

  /**
   * Paged AdamW with 8 bits (bitsandbytes: {@code paged_adamw_8bit}).
   *
   * @return the state with the default budget
   */
  public static OptimizerState pagedAdamW8Bit() {
    return new OptimizerState(8, OptionalLong.of(DEFAULT_RESIDENT_BUDGET));
  }

  /**
   * The state of a name, as command lines give it.
   *
   * @param name {@code adamw}, {@code paged-adamw} or {@code paged-adamw-8bit}
   * @return the state
   * @throws ConfigurationException if the name is none of them
   */
  public static OptimizerState parse(String name) {
    return switch (name.toLowerCase(Locale.ROOT)) {
      case "adamw" -> adamW();
      case "paged-adamw", "paged-adamw-32bit" -> pagedAdamW();
      case "paged-adamw-8bit" -> pagedAdamW8Bit();
      default ->
          throw new ConfigurationException(
              "optimizer: expected adamw, paged-adamw or paged-adamw-8bit, found " + name);
    };
  }

  /**
   * The name, which {@link #parse} reads.
   *
   * @return for example {@code paged-adamw-8bit}
   */
  public String name() {
    return (residentBudget.isPresent() ? "paged-adamw" : "adamw") + (bits == 8 ? "-8bit" : "");
  }

  /**
   * The same with another budget.
   *
   * @param bytes what may be in memory, above 0
   * @return the state with it
   */
  public OptimizerState residentBudget(long bytes) {
    return new OptimizerState(bits, OptionalLong.of(bytes));
  }

  /**
   * What the moments of a parameter take, wherever they lie.
   *
   * @param values numbers of the parameter
   * @return bytes of both moments
   */
  public long bytes(long values) {
    if (bits == 32 || values < SMALLEST_8_BIT) {
      return 2 * Float.BYTES * values;
    }
    long blocks = (values + BLOCK - 1) / BLOCK;
    return 2 * (values + Float.BYTES * blocks);
  }

  /**
   * What of the state is in memory.
   *
   * @param bytes the state of all parameters
   * @return all, or whole pages within the budget
   */
  public long resident(long bytes) {
    return residentBudget.isPresent()
        ? Math.min(pages(bytes), residentBudget.getAsLong() / PAGE) * PAGE
        : bytes;
  }

  /**
   * What of the state lies in a file, which has room for all of it or does not exist.
   *
   * @param bytes the state of all parameters
   * @return the size of the file
   */
  public long onDisk(long bytes) {
    boolean exceeded = residentBudget.isPresent() && resident(bytes) < pages(bytes) * PAGE;
    return exceeded ? pages(bytes) * PAGE : 0;
  }

  private static long pages(long bytes) {
    return (bytes + PAGE - 1) / PAGE;
  }
}
