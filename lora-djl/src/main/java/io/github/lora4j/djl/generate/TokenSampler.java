// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.generate;

import io.github.lora4j.LoraException;
import io.github.lora4j.generate.GenerationConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;

/**
 * From logits to the next token, as one config says; the processors stand in the order of
 * transformers' {@code generate}. Holds scratch space: one for a batch, used by one thread.
 */
public final class TokenSampler {
  private final List<LogitsProcessor> processors;
  private final TokenChooser chooser;
  private final boolean plainArgmax;

  /**
   * Creates the sampler.
   *
   * @param config what to do with the logits
   * @param endOfSequenceIds the tokens that end a sequence, which minNewTokens forbids at first
   */
  public TokenSampler(GenerationConfig config, Set<Integer> endOfSequenceIds) {
    processors = processors(config, endOfSequenceIds);
    chooser = config.doSample() ? TokenChooser::multinomial : TokenChooser::argmax;
    plainArgmax = processors.isEmpty() && !config.doSample();
  }

  /**
   * Whether {@link #next} is no more than the argmax, so that {@link DecodingSession#decodeGreedy}
   * does the same.
   *
   * @return true for greedy generation without processors
   */
  public boolean isPlainArgmax() {
    return plainArgmax;
  }

  /**
   * Chooses the next token of one sequence.
   *
   * @param logits (vocabulary); overwritten
   * @param history the sequence so far
   * @param random the sequence's own generator, so that its neighbours do not matter
   * @return the token id
   * @throws LoraException if the logits hold NaN or leave no token possible
   */
  public int next(float[] logits, TokenHistory history, RandomGenerator random) {
    processors.forEach(processor -> processor.process(logits, history));
    int id = chooser.choose(logits, random);
    if (id == TokenChooser.NONE) {
      throw new LoraException(
          "generate: the logits of new token %d hold NaN or no finite value; check the weights of the model and the adapter"
              .formatted(history.newTokens() + 1));
    }
    return id;
  }

  /** The processors of a config, in the order of transformers. */
  static List<LogitsProcessor> processors(GenerationConfig config, Set<Integer> ends) {
    DescendingLogits scratch = new DescendingLogits();
    List<LogitsProcessor> chosen = new ArrayList<>();
    if (config.repetitionPenalty() != 1) {
      chosen.add(new RepetitionPenalty(config.repetitionPenalty()));
    }
    if (config.minNewTokens() > 0 && !ends.isEmpty()) {
      chosen.add(new MinNewTokens(config.minNewTokens(), ends));
    }
    if (config.temperature() != 1) {
      chosen.add(new Temperature(config.temperature()));
    }
    if (config.topK() > 0) {
      chosen.add(new TopK(config.topK(), scratch));
    }
    if (config.topP() < 1) {
      chosen.add(new TopP(config.topP(), scratch));
    }
    if (config.minP() > 0) {
      chosen.add(new MinP(config.minP()));
    }
    return List.copyOf(chosen);
  }
}
