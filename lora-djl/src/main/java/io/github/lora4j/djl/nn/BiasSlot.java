// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Parameter;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The bias of a block: the base's own, or the active adapter's in its stead. */
public final class BiasSlot {
  private final @Nullable Parameter base;
  private @Nullable Parameter replacement;

  BiasSlot(@Nullable Parameter base) {
    this.base = base;
  }

  /**
   * The base's bias.
   *
   * @return the parameter, or empty if the block has no bias
   */
  public Optional<Parameter> base() {
    return Optional.ofNullable(base);
  }

  /**
   * Uses another bias in the base's stead.
   *
   * @param bias the bias, or null for the base's own
   */
  public void replace(@Nullable Parameter bias) {
    replacement = bias;
  }

  /**
   * The bias in use.
   *
   * @return the replacement, or the base's, or empty if the block has no bias
   */
  public Optional<Parameter> inUse() {
    return Optional.ofNullable(replacement == null ? base : replacement);
  }

  /** Whether an adapter's bias stands in the base's stead. */
  boolean isReplaced() {
    return replacement != null;
  }

  @Nullable NDArray value() {
    Parameter current = replacement == null ? base : replacement;
    return current == null ? null : current.getArray();
  }
}
