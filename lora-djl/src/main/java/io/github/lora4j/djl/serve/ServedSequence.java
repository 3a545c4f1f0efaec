// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.serve;

import io.github.lora4j.AdapterException;
import io.github.lora4j.data.LlmTokenizer;
import io.github.lora4j.djl.generate.GenerationSequence;
import io.github.lora4j.djl.generate.TokenSampler;
import io.github.lora4j.djl.paged.BlockTable;
import io.github.lora4j.djl.paged.SequenceRows;
import io.github.lora4j.djl.paged.StepResult;
import io.github.lora4j.generate.FinishReason;
import io.github.lora4j.serve.GeneratedToken;
import io.github.lora4j.serve.ServedResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * One request on its way, from the queue to its outcome. Made on the thread that submits, from then
 * on the server's thread's.
 */
final class ServedSequence {
  private final Answer answer;
  private final Optional<AdapterEntry> adapter;
  private final GenerationSequence generation;
  private final TokenSampler sampler;
  private final OptionalInt topLogprobs;
  private final LlmTokenizer tokenizer;
  private final SequenceTokens tokens;
  private final RequestClock clock;
  private final BlockTable table;
  private final List<GeneratedToken> given = new ArrayList<>();
  private int overtaken;
  private boolean missed;

  /**
   * Puts a request together.
   *
   * @param answer what the client holds
   * @param adapter its adapter, empty for the base
   * @param generation its text so far, none
   * @param sampler chooses its tokens
   * @param topLogprobs how many alternatives to tell, empty for no log-probabilities
   * @param tokenizer decodes alternatives
   * @param tokens its prompt
   * @param clock when it was submitted
   * @param table its pages, none
   */
  ServedSequence(
      Answer answer,
      Optional<AdapterEntry> adapter,
      GenerationSequence generation,
      TokenSampler sampler,
      OptionalInt topLogprobs,
      LlmTokenizer tokenizer,
      SequenceTokens tokens,
      RequestClock clock,
      BlockTable table) {
    this.answer = answer;
    this.adapter = adapter;
    this.generation = generation;
    this.sampler = sampler;
    this.topLogprobs = topLogprobs;
    this.tokenizer = tokenizer;
    this.tokens = tokens;
    this.clock = clock;
    this.table = table;
  }

  Answer answer() {
    return answer;
  }

  Optional<AdapterEntry> adapter() {
    return adapter;
  }

  /** The adapter's name as the client knows it. */
  Optional<String> adapterName() {
    return adapter.map(AdapterEntry::name);
  }

  /** The adapter's name as steps know it. */
  String adapterKey() {
    return adapter.map(AdapterEntry::key).orElse(SequenceRows.BASE);
  }

  SequenceTokens tokens() {
    return tokens;
  }

  RequestClock clock() {
    return clock;
  }

  BlockTable table() {
    return table;
  }

  boolean isLive() {
    return generation.isLive();
  }

  /** Whether its next row is that of its newest token. */
  boolean isDecoding() {
    return !given.isEmpty() && tokens.pending() == 1;
  }

  /** Why it cannot start, if its adapter was removed while it waited. */
  Optional<AdapterException> removal() {
    return adapter.filter(AdapterEntry::isRemoved).map(AdapterEntry::removal);
  }

  /** Why it has to end now, whatever it has become. */
  Optional<FinishReason> reasonToEnd() {
    if (answer.isCancelled()) {
      return Optional.of(FinishReason.CANCELLED);
    }
    return clock.isOver() ? Optional.of(FinishReason.DEADLINE) : Optional.empty();
  }

  /** Another request went before this one, which was first in line. */
  void overtake() {
    overtaken++;
  }

  /** How often that was so. */
  int overtaken() {
    return overtaken;
  }

  /** Its turn came before its adapter. */
  void miss() {
    missed = true;
  }

  /** Whether its adapter was there when its turn came. */
  boolean isHit() {
    return !missed;
  }

  /** The next rows, whose logits are wanted if the next token follows from them. */
  SequenceRows rows(int count) {
    return new SequenceRows(
        tokens.next(count), tokens.fed(), table, adapterKey(), count == tokens.pending());
  }

  /**
   * Chooses the next token and gives it to the client.
   *
   * @param result the step that fed the last rows
   * @param index this sequence in the step
   * @return the token
   */
  GeneratedToken grow(StepResult result, int index) {
    TokenProbabilities probabilities = TokenProbabilities.NONE;
    int id;
    if (sampler.isPlainArgmax() && topLogprobs.isEmpty()) {
      id = result.argmax(index);
    } else {
      float[] logits = result.logits(index);
      probabilities = TokenProbabilities.of(logits, topLogprobs, tokenizer);
      id = generation.choose(sampler, logits);
    }
    tokens.append(id);
    return give(id, probabilities);
  }

  private GeneratedToken give(int id, TokenProbabilities probabilities) {
    generation.append(
        id,
        (sequence, token, piece) -> {
          given.add(
              new GeneratedToken(
                  token, piece, probabilities.of(token), probabilities.alternatives()));
          return true;
        });
    GeneratedToken token = given.get(given.size() - 1);
    answer.give(token);
    return token;
  }

  /** Gives the pages back; everything will have to be fed again. */
  void releasePages() {
    table.close();
    tokens.setFed(0);
  }

  /** Ends it where it is. */
  ServedResult end(FinishReason reason) {
    generation.end(reason);
    return result();
  }

  /** What came of it; only once it has ended. */
  ServedResult result() {
    return new ServedResult(generation.result(), given, clock.queued(), clock.firstToken());
  }
}
