// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.serve.http;

import com.google.gson.JsonObject;
import io.github.lora4j.examples.serve.openai.ApiError;
import java.util.concurrent.CompletableFuture;

/**
 * An answer as server-sent events, written by a thread that may wait: no event is written before
 * the client has taken the one before, and a client that takes none is dropped, which ends the wait
 * too.
 */
final class EventStream {
  private final Exchange exchange;
  private final CompletableFuture<Void> gone = new CompletableFuture<>();

  /** Begins the answer. */
  EventStream(Exchange exchange) {
    this.exchange = exchange;
    exchange.atEnd(() -> gone.complete(null));
    exchange.onLoop(() -> exchange.begin("text/event-stream; charset=utf-8"));
  }

  /**
   * Writes an event.
   *
   * @return whether the client is still there
   */
  boolean send(JsonObject event) {
    return write("data: " + Exchange.text(event) + "\n\n");
  }

  /** Ends the answer as OpenAI does. */
  void done() {
    write("data: [DONE]\n\n");
    exchange.onLoop(exchange::finish);
  }

  /** Ends the answer with an error: its status has been sent already. */
  void fail(ApiError error) {
    send(error.toJson());
    exchange.onLoop(exchange::finish);
  }

  private boolean write(String text) {
    CompletableFuture<Void> taken = new CompletableFuture<>();
    exchange.onLoop(
        () -> {
          if (!exchange.hasEnded()) {
            exchange.write(text).onComplete(done -> taken.complete(null));
          }
        });
    CompletableFuture.anyOf(taken, gone).join();
    return !exchange.hasEnded();
  }
}
