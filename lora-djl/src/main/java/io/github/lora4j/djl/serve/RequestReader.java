// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.serve;

import io.github.lora4j.AdapterException;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.data.LlmTokenizer;
import io.github.lora4j.djl.generate.GenerationPlan;
import io.github.lora4j.djl.paged.BlockTable;
import io.github.lora4j.djl.paged.PagedDecoder;
import io.github.lora4j.serve.GenerationRequest;
import io.github.lora4j.serve.Prompt;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;

/** Makes a sequence of what a client sent, on the client's thread. For several threads. */
final class RequestReader {
  private final PagedDecoder decoder;
  private final LlmTokenizer tokenizer;
  private final AdapterCatalog catalog;
  private final Runnable onCancel;
  private final AtomicLong read = new AtomicLong();

  /**
   * Creates the reader.
   *
   * @param decoder asked for its limits alone
   * @param tokenizer encodes prompts
   * @param catalog the adapters
   * @param onCancel told when a client wants no more
   */
  RequestReader(
      PagedDecoder decoder, LlmTokenizer tokenizer, AdapterCatalog catalog, Runnable onCancel) {
    this.decoder = decoder;
    this.tokenizer = tokenizer;
    this.catalog = catalog;
    this.onCancel = onCancel;
  }

  /** A prompt as text, where there is one, and as tokens. */
  private record Encoded(String text, int[] ids) {}

  /**
   * Makes a sequence.
   *
   * @throws AdapterException if there is no adapter of that name
   * @throws ConfigurationException if the prompt cannot be, or does not fit
   */
  ServedSequence read(GenerationRequest request) {
    Optional<AdapterEntry> adapter = request.adapter().map(catalog::get);
    RequestClock clock = new RequestClock(request.timeLimit());
    GenerationPlan plan = new GenerationPlan(tokenizer, request.config());
    Encoded prompt = encode(request.prompt(), plan);
    requireKnown(prompt.ids);
    requireRoom(prompt.ids.length, request.config().maxNewTokens());
    return new ServedSequence(
        new Answer("r" + read.incrementAndGet(), onCancel),
        adapter,
        plan.begin(
            0,
            prompt.text,
            prompt.ids,
            decoder.maxLength(),
            new SplittableRandom(request.config().seed()).split()),
        plan.sampler(),
        request.topLogprobs(),
        tokenizer,
        new SequenceTokens(prompt.ids),
        clock,
        new BlockTable(decoder.pool()));
  }

  private Encoded encode(Prompt prompt, GenerationPlan plan) {
    if (prompt instanceof Prompt.Text text) {
      return new Encoded(text.text(), plan.encode(text.text(), 0));
    }
    if (prompt instanceof Prompt.Chat chat) {
      String text = tokenizer.applyChatTemplate(chat.messages(), true);
      return new Encoded(text, tokenizer.encode(text, false));
    }
    Prompt.Tokens tokens = (Prompt.Tokens) prompt;
    return new Encoded("", tokens.ids().stream().mapToInt(id -> id).toArray());
  }

  private void requireKnown(int[] ids) {
    if (ids.length == 0) {
      throw new ConfigurationException("submit: the prompt has no tokens; give it some text");
    }
    for (int id : ids) {
      if (id < 0 || id >= decoder.vocabularySize()) {
        throw new ConfigurationException(
            "submit: the prompt holds token %d, but the model's vocabulary has %d; is the tokenizer another model's?"
                .formatted(id, decoder.vocabularySize()));
      }
    }
  }

  private void requireRoom(int promptTokens, int newTokens) {
    int length = (int) Math.min((long) promptTokens + newTokens, decoder.maxLength());
    int pages = decoder.pool().pagesFor(length);
    if (pages > decoder.pool().pages()) {
      throw new ConfigurationException(
          "submit: %d tokens of prompt and up to %d new ones take %d pages, but the pool has %d; shorten it, or raise poolBytes"
              .formatted(promptTokens, newTokens, pages, decoder.pool().pages()));
    }
  }
}
