package io.github.lora4j.examples.serve.http;

import io.github.lora4j.examples.serve.openai.AnswerWriter;
import io.github.lora4j.serve.ServedGeneration;

/** Sends an answer when it is complete. */
final class WholeDelivery implements Delivery {
  private final AnswerWriter writer;

  WholeDelivery(AnswerWriter writer) {
    this.writer = writer;
  }

  @Override
  public void deliver(Exchange exchange, ServedGeneration generation) {
    generation
        .result()
        .thenApply(Outcome::answer)
        .thenAccept(result -> exchange.sendJson(writer.whole(result)))
        .exceptionally(
            failure -> {
              exchange.fail(failure);
              return null;
            });
  }
}
