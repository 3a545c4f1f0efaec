// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.serve.http;

import io.github.lora4j.examples.serve.openai.AnswerWriter;
import io.github.lora4j.serve.ServedGeneration;
import io.github.lora4j.serve.ServedResult;

/** Sends an answer when it is complete. */
final class WholeDelivery implements Delivery {
  private final AnswerWriter writer;

  WholeDelivery(AnswerWriter writer) {
    this.writer = writer;
  }

  /** The result is written on the event loop: the thread that completes it decodes. */
  @Override
  public void deliver(Exchange exchange, ServedGeneration generation) {
    generation
        .result()
        .thenAccept(result -> exchange.onLoop(() -> send(exchange, result)))
        .exceptionally(
            failure -> {
              exchange.fail(failure);
              return null;
            });
  }

  private void send(Exchange exchange, ServedResult result) {
    try {
      exchange.sendJson(writer.whole(Outcome.answer(result)));
    } catch (RuntimeException e) {
      exchange.fail(e);
    }
  }
}
