// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.nn.Parameter;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The place in a decoder where virtual tokens may stand: the prompt's, or the prefix's. */
public final class VirtualSlot {
  private @Nullable VirtualTokens tokens;

  VirtualSlot() {}

  /**
   * Puts virtual tokens before every sequence from now on.
   *
   * @param inUse the tokens, or null for none
   */
  public void use(@Nullable VirtualTokens inUse) {
    tokens = inUse;
  }

  /**
   * The virtual tokens in use.
   *
   * @return the tokens, or empty if there are none
   */
  public Optional<VirtualTokens> inUse() {
    return Optional.ofNullable(tokens);
  }

  /**
   * How many stand before a sequence now.
   *
   * @return 0 if none is in use
   */
  public int count() {
    return tokens == null ? 0 : tokens.count();
  }

  /** What trains or may train, by name. */
  Map<String, Parameter> parameters() {
    return tokens == null ? Map.of() : tokens.parameters();
  }

  /** Whether anything of them trains. */
  boolean trains() {
    return parameters().values().stream().anyMatch(Parameter::requiresGradient);
  }

  /** Whether anything of them is dropped in training. */
  boolean hasDropout() {
    return tokens != null && tokens.hasDropout();
  }
}
