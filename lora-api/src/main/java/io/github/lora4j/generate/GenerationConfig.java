// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.generate;

import io.github.lora4j.ConfigurationException;
import java.util.List;
import java.util.Set;

/**
 * How to choose tokens and when to stop. The names are those of transformers' {@code
 * GenerationConfig} in Java's spelling, and so is the order in which the settings act on the
 * logits: repetitionPenalty, minNewTokens, temperature, topK, topP, minP.
 *
 * <p>Unlike transformers, nothing acts that was not asked for: its silent {@code top_k=50} is
 * {@code topK(50)} here.
 *
 * @param maxNewTokens the most tokens to generate for a prompt, at least 1
 * @param minNewTokens no end-of-sequence token is chosen before this many tokens; 0 is off
 * @param doSample whether to draw from the distribution; false takes the most likely token, the
 *     lowest id among equals, and leaves temperature, topK, topP and minP at their neutral values
 * @param temperature divides the logits, positive; 1 is neutral
 * @param topK only the topK most likely tokens, and those equal to the last of them; 0 is off
 * @param topP only the most likely tokens that together reach this probability, in (0, 1]; 1 is off
 * @param minP only tokens at least this fraction as likely as the most likely, in [0, 1]; 0 is off
 * @param repetitionPenalty positive logits of tokens already in the prompt or the text are divided
 *     by this, negative ones multiplied, positive; 1 is off
 * @param stopStrings the text ends before the first of these; none may be empty
 * @param endOfSequenceIds the tokens that end a sequence; empty for the tokenizer's own
 * @param ignoreEndOfSequence whether no token ends a sequence
 * @param addSpecialTokens whether the tokenizer may add its special tokens to the prompt; false for
 *     a prompt that a chat template rendered, which holds them already
 * @param skipSpecialTokens whether special tokens are left out of the text
 * @param seed of the sampling: the same seed, prompt and place in the batch give the same text
 */
public record GenerationConfig(
    int maxNewTokens,
    int minNewTokens,
    boolean doSample,
    float temperature,
    int topK,
    float topP,
    float minP,
    float repetitionPenalty,
    List<String> stopStrings,
    Set<Integer> endOfSequenceIds,
    boolean ignoreEndOfSequence,
    boolean addSpecialTokens,
    boolean skipSpecialTokens,
    long seed) {

  /**
   * Checks every field and copies the collections.
   *
   * @throws ConfigurationException if a field is out of its range or two contradict each other
   */
  public GenerationConfig {
    stopStrings = List.copyOf(stopStrings);
    endOfSequenceIds = Set.copyOf(endOfSequenceIds);
    require(maxNewTokens >= 1, "maxNewTokens must be at least 1", maxNewTokens);
    require(minNewTokens >= 0, "minNewTokens must not be negative", minNewTokens);
    require(
        minNewTokens <= maxNewTokens,
        "minNewTokens must be at most maxNewTokens (" + maxNewTokens + ")",
        minNewTokens);
    require(
        temperature != 0,
        "temperature must be positive, use greedy() for no sampling",
        temperature);
    require(isPositive(temperature), "temperature must be positive", temperature);
    require(topK >= 0, "topK must not be negative", topK);
    require(topP > 0 && topP <= 1, "topP must be in (0, 1]", topP);
    require(minP >= 0 && minP <= 1, "minP must be in [0, 1]", minP);
    require(isPositive(repetitionPenalty), "repetitionPenalty must be positive", repetitionPenalty);
    require(
        stopStrings.stream().noneMatch(String::isEmpty),
        "stopStrings must not hold an empty string",
        stopStrings);
    require(
        endOfSequenceIds.stream().allMatch(id -> id >= 0),
        "endOfSequenceIds must not be negative",
        endOfSequenceIds);
    require(
        !ignoreEndOfSequence || endOfSequenceIds.isEmpty(),
        "endOfSequenceIds must be empty if ignoreEndOfSequence is set",
        endOfSequenceIds);
    require(
        doSample || temperature == 1,
        "temperature acts only if doSample is set and must be 1 without",
        temperature);
    require(doSample || topK == 0, "topK acts only if doSample is set and must be 0 without", topK);
    require(doSample || topP == 1, "topP acts only if doSample is set and must be 1 without", topP);
    require(doSample || minP == 0, "minP acts only if doSample is set and must be 0 without", minP);
  }

  /**
   * The most likely token at each step, at most 128 tokens.
   *
   * @return the config
   */
  public static GenerationConfig greedy() {
    return builder().build();
  }

  /**
   * Sampling from the whole distribution, at most 128 tokens.
   *
   * @param temperature divides the logits, positive; below 1 favours likely tokens
   * @return the config
   * @throws ConfigurationException if the temperature is not positive
   */
  public static GenerationConfig sampling(float temperature) {
    return builder().temperature(temperature).build();
  }

  /**
   * A builder of greedy generation, at most 128 tokens, until told otherwise.
   *
   * @return the builder
   */
  public static GenerationConfigBuilder builder() {
    return new GenerationConfigBuilder();
  }

  /**
   * A builder that begins with this config.
   *
   * @return the builder
   */
  public GenerationConfigBuilder toBuilder() {
    return new GenerationConfigBuilder(this);
  }

  private static boolean isPositive(float value) {
    return value > 0 && value < Float.POSITIVE_INFINITY;
  }

  private static void require(boolean holds, String rule, Object found) {
    if (!holds) {
      throw new ConfigurationException("GenerationConfig: " + rule + ", was " + found);
    }
  }
}
