// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.generate;

import io.github.lora4j.ConfigurationException;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Builds a {@link GenerationConfig}. Generation is greedy until {@link #temperature}, {@link
 * #topK}, {@link #topP} or {@link #minP} is set, each of which asks for sampling.
 */
public final class GenerationConfigBuilder {
  private int maxNewTokens = 128;
  private int minNewTokens;
  private boolean doSample;
  private float temperature = 1;
  private int topK;
  private float topP = 1;
  private float minP;
  private float repetitionPenalty = 1;
  private List<String> stopStrings = List.of();
  private Set<Integer> endOfSequenceIds = Set.of();
  private boolean ignoreEndOfSequence;
  private boolean addSpecialTokens = true;
  private boolean skipSpecialTokens = true;
  private long seed;

  GenerationConfigBuilder() {}

  GenerationConfigBuilder(GenerationConfig config) {
    maxNewTokens = config.maxNewTokens();
    minNewTokens = config.minNewTokens();
    doSample = config.doSample();
    temperature = config.temperature();
    topK = config.topK();
    topP = config.topP();
    minP = config.minP();
    repetitionPenalty = config.repetitionPenalty();
    stopStrings = config.stopStrings();
    endOfSequenceIds = config.endOfSequenceIds();
    ignoreEndOfSequence = config.ignoreEndOfSequence();
    addSpecialTokens = config.addSpecialTokens();
    skipSpecialTokens = config.skipSpecialTokens();
    seed = config.seed();
  }

  /**
   * The most tokens to generate for a prompt; 128 if not set.
   *
   * @param maxNewTokens at least 1
   * @return this
   */
  public GenerationConfigBuilder maxNewTokens(int maxNewTokens) {
    this.maxNewTokens = maxNewTokens;
    return this;
  }

  /**
   * Forbids the end of the sequence before this many tokens; 0 if not set.
   *
   * @param minNewTokens at least 0
   * @return this
   */
  public GenerationConfigBuilder minNewTokens(int minNewTokens) {
    this.minNewTokens = minNewTokens;
    return this;
  }

  /**
   * Samples, with the logits divided by this.
   *
   * @param temperature positive; 1 leaves the distribution as it is
   * @return this
   */
  public GenerationConfigBuilder temperature(float temperature) {
    this.temperature = temperature;
    doSample = true;
    return this;
  }

  /**
   * Samples among the most likely tokens only.
   *
   * @param topK how many, and those equal to the last of them; 0 for all
   * @return this
   */
  public GenerationConfigBuilder topK(int topK) {
    this.topK = topK;
    doSample = true;
    return this;
  }

  /**
   * Samples among the most likely tokens that together reach a probability (nucleus sampling).
   *
   * @param topP the probability, in (0, 1]; 1 for all tokens
   * @return this
   */
  public GenerationConfigBuilder topP(float topP) {
    this.topP = topP;
    doSample = true;
    return this;
  }

  /**
   * Samples among the tokens at least this fraction as likely as the most likely one.
   *
   * @param minP the fraction, in [0, 1]; 0 for all tokens
   * @return this
   */
  public GenerationConfigBuilder minP(float minP) {
    this.minP = minP;
    doSample = true;
    return this;
  }

  /**
   * Makes tokens that are already in the prompt or the text less likely; 1, off, if not set.
   *
   * @param repetitionPenalty positive; above 1 against repetition
   * @return this
   */
  public GenerationConfigBuilder repetitionPenalty(float repetitionPenalty) {
    this.repetitionPenalty = repetitionPenalty;
    return this;
  }

  /**
   * Ends the text before the first of these strings; none if not set.
   *
   * @param stopStrings the strings, none empty
   * @return this
   */
  public GenerationConfigBuilder stopStrings(String... stopStrings) {
    this.stopStrings = List.of(stopStrings);
    return this;
  }

  /**
   * Ends a sequence at these tokens; the tokenizer's own if not set.
   *
   * @param endOfSequenceIds the token ids
   * @return this
   */
  public GenerationConfigBuilder endOfSequenceIds(int... endOfSequenceIds) {
    this.endOfSequenceIds = Arrays.stream(endOfSequenceIds).boxed().collect(Collectors.toSet());
    return this;
  }

  /**
   * Goes on after an end-of-sequence token; false if not set.
   *
   * @param ignoreEndOfSequence whether no token ends a sequence
   * @return this
   */
  public GenerationConfigBuilder ignoreEndOfSequence(boolean ignoreEndOfSequence) {
    this.ignoreEndOfSequence = ignoreEndOfSequence;
    return this;
  }

  /**
   * Lets the tokenizer add its special tokens to the prompt; true if not set.
   *
   * @param addSpecialTokens false for a prompt that a chat template rendered
   * @return this
   */
  public GenerationConfigBuilder addSpecialTokens(boolean addSpecialTokens) {
    this.addSpecialTokens = addSpecialTokens;
    return this;
  }

  /**
   * Leaves special tokens out of the text; true if not set.
   *
   * @param skipSpecialTokens whether to leave them out
   * @return this
   */
  public GenerationConfigBuilder skipSpecialTokens(boolean skipSpecialTokens) {
    this.skipSpecialTokens = skipSpecialTokens;
    return this;
  }

  /**
   * Sets the seed of the sampling; 0 if not set, so that a run can be repeated.
   *
   * @param seed the seed
   * @return this
   */
  public GenerationConfigBuilder seed(long seed) {
    this.seed = seed;
    return this;
  }

  /**
   * Builds the config.
   *
   * @return the config
   * @throws ConfigurationException if a field is out of its range or two contradict each other
   */
  public GenerationConfig build() {
    return new GenerationConfig(
        maxNewTokens,
        minNewTokens,
        doSample,
        temperature,
        topK,
        topP,
        minP,
        repetitionPenalty,
        stopStrings,
        endOfSequenceIds,
        ignoreEndOfSequence,
        addSpecialTokens,
        skipSpecialTokens,
        seed);
  }
}
