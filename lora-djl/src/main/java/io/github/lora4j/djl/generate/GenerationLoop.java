// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.generate;

import io.github.lora4j.ConfigurationException;
import io.github.lora4j.LoraException;
import io.github.lora4j.data.LlmTokenizer;
import io.github.lora4j.generate.GenerationConfig;
import io.github.lora4j.generate.GenerationResult;
import io.github.lora4j.generate.TokenListener;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/**
 * Continues a batch of prompts (transformers: {@code generate}). Prompts may differ in length; each
 * sequence ends by its own reason and leaves the session then, and what it becomes does not depend
 * on its neighbours. May be used from several threads if the tokenizer may.
 */
public final class GenerationLoop {
  private final GenerationPlan plan;

  /**
   * Creates the loop.
   *
   * @param tokenizer encodes prompts and decodes tokens; is not closed
   * @param config how to choose tokens and when to stop
   */
  public GenerationLoop(LlmTokenizer tokenizer, GenerationConfig config) {
    plan = new GenerationPlan(tokenizer, config);
  }

  /**
   * Continues each prompt to its end.
   *
   * @param prompts the prompts; none of them need be of the same length
   * @param sessions opens the session to decode on, which is closed before this returns or throws
   * @param listener is told of each token
   * @return a result for each prompt, in their order; empty, without a session, for no prompts
   * @throws ConfigurationException if a prompt has no tokens, or too many for the model
   * @throws LoraException if the model's logits hold NaN
   */
  public List<GenerationResult> run(
      List<String> prompts, Supplier<? extends DecodingSession> sessions, TokenListener listener) {
    return run(prompts, encode(prompts), sessions, listener);
  }

  /**
   * Continues each prompt, given as token ids, to its end.
   *
   * @param prompts the prompts, each at least one token
   * @param sessions opens the session to decode on, which is closed before this returns or throws
   * @return the new token ids of each prompt, in their order
   * @throws ConfigurationException if a prompt has no tokens, or too many for the model
   */
  public List<int[]> runTokens(List<int[]> prompts, Supplier<? extends DecodingSession> sessions) {
    for (int i = 0; i < prompts.size(); i++) {
      if (prompts.get(i).length == 0) {
        throw new ConfigurationException(
            "generate: prompt %d has no tokens; give it at least one".formatted(i));
      }
    }
    List<String> texts = Collections.nCopies(prompts.size(), "");
    return run(texts, prompts, sessions, TokenListener.silent()).stream()
        .map(result -> result.tokenIds().stream().mapToInt(id -> id).toArray())
        .toList();
  }

  private List<GenerationResult> run(
      List<String> prompts,
      List<int[]> promptIds,
      Supplier<? extends DecodingSession> sessions,
      TokenListener listener) {
    if (promptIds.isEmpty()) {
      return List.of();
    }
    try (DecodingSession session = sessions.get()) {
      List<GenerationSequence> sequences = sequences(prompts, promptIds, session.maxLength());
      generate(session, promptIds, sequences, listener);
      return sequences.stream().map(GenerationSequence::result).toList();
    }
  }

  private void generate(
      DecodingSession session,
      List<int[]> promptIds,
      List<GenerationSequence> sequences,
      TokenListener listener) {
    TokenSampler sampler = plan.sampler();
    List<GenerationSequence> live = sequences;
    int[] tokenIds = choose(sampler, live, session.prefill(promptIds));
    while (true) {
      append(live, tokenIds, listener);
      live = retainLive(session, live);
      if (live.isEmpty()) {
        return;
      }
      tokenIds = next(session, sampler, live);
    }
  }

  private static int[] next(
      DecodingSession session, TokenSampler sampler, List<GenerationSequence> live) {
    int[] last = live.stream().mapToInt(GenerationSequence::lastToken).toArray();
    return sampler.isPlainArgmax()
        ? session.decodeGreedy(last)
        : choose(sampler, live, session.decode(last));
  }

  private static int[] choose(
      TokenSampler sampler, List<GenerationSequence> live, float[][] logits) {
    return IntStream.range(0, logits.length)
        .map(row -> live.get(row).choose(sampler, logits[row]))
        .toArray();
  }

  private static void append(
      List<GenerationSequence> live, int[] tokenIds, TokenListener listener) {
    for (int row = 0; row < tokenIds.length; row++) {
      live.get(row).append(tokenIds[row], listener);
    }
  }

  private static List<GenerationSequence> retainLive(
      DecodingSession session, List<GenerationSequence> sequences) {
    int[] live =
        IntStream.range(0, sequences.size()).filter(row -> sequences.get(row).isLive()).toArray();
    if (live.length == sequences.size()) {
      return sequences;
    }
    if (live.length > 0) {
      session.retain(live);
    }
    return IntStream.of(live).mapToObj(sequences::get).toList();
  }

  private List<int[]> encode(List<String> prompts) {
    return IntStream.range(0, prompts.size())
        .mapToObj(i -> plan.encode(prompts.get(i), i))
        .toList();
  }

  private List<GenerationSequence> sequences(
      List<String> prompts, List<int[]> promptIds, int maxLength) {
    SplittableRandom random = new SplittableRandom(plan.config().seed());
    return IntStream.range(0, prompts.size())
        .mapToObj(i -> plan.begin(i, prompts.get(i), promptIds.get(i), maxLength, random.split()))
        .toList();
  }
}
