// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.generate;

import io.github.lora4j.ConfigurationException;
import io.github.lora4j.data.LlmTokenizer;
import io.github.lora4j.generate.GenerationConfig;
import java.util.Set;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;

/**
 * What one config means over one tokenizer: how prompts become tokens, which tokens end a sequence,
 * how long it may become, how tokens are chosen. May be used from several threads if the tokenizer
 * may.
 */
public final class GenerationPlan {
  private final LlmTokenizer tokenizer;
  private final GenerationConfig config;
  private final Set<Integer> endOfSequenceIds;

  /**
   * Creates the plan.
   *
   * @param tokenizer encodes prompts and decodes tokens; is not closed
   * @param config how to choose tokens and when to stop
   */
  public GenerationPlan(LlmTokenizer tokenizer, GenerationConfig config) {
    this.tokenizer = tokenizer;
    this.config = config;
    endOfSequenceIds = endOfSequenceIds(tokenizer, config);
  }

  /**
   * The config.
   *
   * @return the config
   */
  public GenerationConfig config() {
    return config;
  }

  /**
   * Makes token ids of a prompt. An empty one begins where transformers begins: with the
   * beginning-of-sequence token.
   *
   * @param prompt the text
   * @param index its place in the batch
   * @return at least one token id
   * @throws ConfigurationException if it is empty and nothing is known to begin with
   */
  public int[] encode(String prompt, int index) {
    int[] ids = tokenizer.encode(prompt, config.addSpecialTokens());
    return ids.length > 0 ? ids : beginning(index);
  }

  private int[] beginning(int index) {
    int id =
        tokenizer
            .beginOfSequence()
            .orElseThrow(
                () ->
                    new ConfigurationException(
                        "generate: prompt %d is empty and the tokenizer names no beginning-of-sequence token to start from; give it some text"
                            .formatted(index)));
    return new int[] {id};
  }

  /**
   * Begins a sequence and starts its clock.
   *
   * @param index its place in the batch
   * @param prompt its text
   * @param ids its token ids, at least one
   * @param maxLength the longest sequence that the model takes
   * @param random the sequence's own generator
   * @return the sequence
   * @throws ConfigurationException if the prompt is too long for the model
   */
  public GenerationSequence begin(
      int index, String prompt, int[] ids, int maxLength, RandomGenerator random) {
    return new GenerationSequence(
        index,
        prompt,
        ids,
        new TextStream(tokenizer, config, ids),
        new EndCondition(maxNewTokens(index, ids.length, maxLength), endOfSequenceIds),
        random);
  }

  private int maxNewTokens(int index, int promptTokens, int maxLength) {
    if (promptTokens >= maxLength) {
      throw new ConfigurationException(
          "generate: prompt %d has %d tokens, but the model takes at most %d, one new token counted; shorten it"
              .formatted(index, promptTokens, maxLength));
    }
    return Math.min(config.maxNewTokens(), maxLength - promptTokens);
  }

  /**
   * Makes what chooses tokens.
   *
   * @return a sampler for one thread
   */
  public TokenSampler sampler() {
    return new TokenSampler(config, endOfSequenceIds);
  }

  private static Set<Integer> endOfSequenceIds(LlmTokenizer tokenizer, GenerationConfig config) {
    if (config.ignoreEndOfSequence()) {
      return Set.of();
    }
    return config.endOfSequenceIds().isEmpty()
        ? tokenizer.endOfSequence().stream().boxed().collect(Collectors.toUnmodifiableSet())
        : config.endOfSequenceIds();
  }
}
