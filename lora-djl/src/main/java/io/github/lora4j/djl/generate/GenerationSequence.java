// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.generate;

import io.github.lora4j.generate.FinishReason;
import io.github.lora4j.generate.GenerationResult;
import io.github.lora4j.generate.TokenListener;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/** One prompt on its way to its result: grows by a token at a time until it has a reason to end. */
public final class GenerationSequence {
  private final int index;
  private final String prompt;
  private final int promptTokens;
  private final TokenHistory history;
  private final TextStream stream;
  private final EndCondition end;
  private final RandomGenerator random;
  private final List<Integer> tokenIds = new ArrayList<>();
  private final long start = System.nanoTime();
  private Duration elapsed = Duration.ZERO;
  private Optional<FinishReason> finishReason = Optional.empty();

  /**
   * Creates the sequence and starts its clock.
   *
   * @param index its place in the batch
   * @param prompt the prompt's text
   * @param promptIds the prompt's token ids
   * @param stream its text, empty so far
   * @param end when it ends
   * @param random its own generator
   */
  GenerationSequence(
      int index,
      String prompt,
      int[] promptIds,
      TextStream stream,
      EndCondition end,
      RandomGenerator random) {
    this.index = index;
    this.prompt = prompt;
    this.promptTokens = promptIds.length;
    this.history = new TokenHistory(promptIds);
    this.stream = stream;
    this.end = end;
    this.random = random;
  }

  /**
   * Chooses the next token; {@link #append} takes it.
   *
   * @param sampler chooses
   * @param logits (vocabulary); overwritten
   * @return the token id
   */
  public int choose(TokenSampler sampler, float[] logits) {
    return sampler.next(logits, history, random);
  }

  /**
   * Grows by one token and tells the listener.
   *
   * @param tokenId the token
   * @param listener is told, and may cancel
   */
  public void append(int tokenId, TokenListener listener) {
    tokenIds.add(tokenId);
    history.add(tokenId);
    String piece = stream.append(tokenId);
    finishReason = end.reasonToEnd(tokenId, tokenIds.size());
    if (finishReason.isPresent()) {
      piece += stream.finish();
    }
    if (stream.stopped()) {
      finishReason = Optional.of(FinishReason.STOP_STRING);
    }
    elapsed = Duration.ofNanos(System.nanoTime() - start);
    boolean goesOn = listener.onToken(index, tokenId, piece);
    if (!goesOn && finishReason.isEmpty()) {
      finishReason = Optional.of(FinishReason.CANCELLED);
    }
  }

  /**
   * Ends the sequence where it is, unless it has ended.
   *
   * @param reason why
   */
  public void end(FinishReason reason) {
    if (finishReason.isEmpty()) {
      finishReason = Optional.of(reason);
      elapsed = Duration.ofNanos(System.nanoTime() - start);
    }
  }

  /**
   * Whether the sequence still grows.
   *
   * @return false once it has a reason to end
   */
  public boolean isLive() {
    return finishReason.isEmpty();
  }

  /**
   * The newest token.
   *
   * @return its id
   */
  public int lastToken() {
    return tokenIds.get(tokenIds.size() - 1);
  }

  /**
   * What came of the prompt; only for a sequence that has ended.
   *
   * @return the result
   */
  public GenerationResult result() {
    return new GenerationResult(
        prompt, stream.text(), tokenIds, finishReason.orElseThrow(), promptTokens, elapsed);
  }
}
