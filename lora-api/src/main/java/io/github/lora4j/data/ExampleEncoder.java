// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.data;

import io.github.lora4j.ConfigurationException;
import io.github.lora4j.DatasetException;
import java.util.Arrays;
import java.util.stream.IntStream;

/** Turns records into token ids and labels: mask the prompt, end the sequence, cut. */
final class ExampleEncoder {
  private final LlmTokenizer tokenizer;
  private final PromptTemplate template;
  private final boolean maskPrompt;
  private final int maxLength;

  ExampleEncoder(
      LlmTokenizer tokenizer, PromptTemplate template, boolean maskPrompt, int maxLength) {
    this.tokenizer = tokenizer;
    this.template = template;
    this.maskPrompt = maskPrompt;
    this.maxLength = maxLength;
  }

  Example encode(TrainingRecord record) {
    if (record instanceof InstructionRecord instruction) {
      return encode(template.apply(instruction));
    }
    if (record instanceof Conversation conversation) {
      return encode(conversation);
    }
    return encode((PromptCompletion) record);
  }

  private Example encode(PromptCompletion pair) {
    if (!pair.addSpecialTokens()) {
      // A rendered chat template: one text, of which the end is learned.
      TokenRow row = new TokenRow(tokenizer, pair.prompt() + pair.completion());
      row.append(pair.prompt().length(), false);
      row.append(row.textLength(), true);
      return finish(row, row.learnedAny(tokenizer.endOfSequenceIds()));
    }
    TokenRow row = new TokenRow(tokenizer, "");
    row.append(beginning(pair.prompt()), false);
    row.append(tokenizer.encode(pair.completion(), false), true);
    if (tokenizer.endOfSequence().isEmpty()) {
      throw new ConfigurationException(
          "the tokenizer names no end-of-sequence token, so the model could not learn to stop; set"
              + " eos_token in tokenizer_config.json");
    }
    return finish(row, row.endsWithAny(tokenizer.endOfSequenceIds()));
  }

  private Example encode(Conversation conversation) {
    RenderedConversation rendered = RenderedConversation.of(conversation, tokenizer);
    if (rendered.learned().isEmpty()) {
      throw new DatasetException(
          "messages: the assistant says nothing, so there is nothing to learn");
    }
    TokenRow row = new TokenRow(tokenizer, rendered.text());
    for (RenderedConversation.Span span : rendered.learned()) {
      row.append(span.start(), false);
      row.append(span.end(), true);
    }
    boolean ended = row.learnedAny(tokenizer.endOfSequenceIds());
    row.append(row.textLength(), false);
    // After a turn of the user the sequence is not over.
    return finish(row, ended || !conversation.endsWithAssistant());
  }

  /** The prompt's ids; a post-processor that also closes the sequence must not do so here. */
  private int[] beginning(String prompt) {
    int[] ids = tokenizer.encode(prompt, true);
    if (!endsInEnd(ids)) {
      return ids;
    }
    int[] plain = tokenizer.encode(prompt, false);
    boolean spelledOut = endsInEnd(plain) && endsWith(ids, plain);
    return spelledOut ? ids : Arrays.copyOf(ids, ids.length - 1);
  }

  private boolean endsInEnd(int[] ids) {
    return ids.length > 0
        && IntStream.of(tokenizer.endOfSequenceIds()).anyMatch(id -> id == ids[ids.length - 1]);
  }

  private static boolean endsWith(int[] ids, int[] tail) {
    int from = ids.length - tail.length;
    return from >= 0 && Arrays.equals(ids, from, ids.length, tail, 0, tail.length);
  }

  private Example finish(TokenRow row, boolean ended) {
    if (!ended) {
      tokenizer.endOfSequence().ifPresent(id -> row.append(new int[] {id}, true));
    }
    return row.toExample(maskPrompt, maxLength);
  }
}
