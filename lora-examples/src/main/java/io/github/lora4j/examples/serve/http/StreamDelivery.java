// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.serve.http;

import io.github.lora4j.examples.serve.openai.AnswerWriter;
import io.github.lora4j.serve.GeneratedToken;
import io.github.lora4j.serve.ServedGeneration;
import io.github.lora4j.serve.ServedResult;
import java.util.Iterator;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Sends an answer token by token. */
final class StreamDelivery implements Delivery {
  private static final Logger LOG = LoggerFactory.getLogger(StreamDelivery.class);

  private final AnswerWriter writer;
  private final boolean usage;

  StreamDelivery(AnswerWriter writer, boolean usage) {
    this.writer = writer;
    this.usage = usage;
  }

  @Override
  public void deliver(Exchange exchange, ServedGeneration generation) {
    try (Stream<GeneratedToken> stream = generation.tokens()) {
      Iterator<GeneratedToken> tokens = stream.iterator();
      // Until the first token is there, a failure still has a status of its own.
      if (!tokens.hasNext()) {
        Outcome.answer(generation.result().join());
      }
      EventStream events = new EventStream(exchange);
      try {
        send(events, tokens, generation);
      } catch (RuntimeException e) {
        LOG.warn("request {} failed while it was streamed", exchange.id(), e);
        events.fail(Failures.told(e));
      }
    }
  }

  private void send(
      EventStream events, Iterator<GeneratedToken> tokens, ServedGeneration generation) {
    boolean there = writer.opening().map(events::send).orElse(true);
    while (there && tokens.hasNext()) {
      there = writer.part(tokens.next()).map(events::send).orElse(true);
    }
    if (!there) {
      return;
    }
    ServedResult result = Outcome.answer(generation.result().join());
    events.send(writer.closing(result));
    if (usage) {
      events.send(writer.usage(result));
    }
    events.done();
  }
}
