// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.serve.http;

import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.http.HttpServerRequest;
import java.time.Duration;

/** The client's side of a request, which is given some time and no more. */
final class Peer {
  /** How long a client that is still sending may take to read an answer to what it sent. */
  static final long LINGER_MILLIS = 1000;

  private final HttpServerRequest request;
  private final Context context;
  private final Duration writeTime;

  Peer(HttpServerRequest request, Context context, Duration writeTime) {
    this.request = request;
    this.context = context;
    this.writeTime = writeTime;
  }

  /** Does something on the event loop, where everything about a connection is done. */
  void onLoop(Runnable action) {
    context.runOnContext(ignored -> action.run());
  }

  /** Drops the client if it does not take what was written in time. */
  Future<Void> watched(Future<Void> written) {
    if (!written.isComplete()) {
      long timer = context.owner().setTimer(writeTime.toMillis(), late -> drop());
      written.onComplete(done -> context.owner().cancelTimer(timer));
    }
    return written;
  }

  /**
   * Closes the connection of a client that is still sending its body, late enough for it to read
   * the answer: closed at once, the answer would be lost with what it has not sent.
   */
  void linger() {
    request.handler(rest -> {});
    request.resume();
    context.owner().setTimer(LINGER_MILLIS, timer -> request.connection().close());
  }

  private void drop() {
    onLoop(() -> Channels.abort(request.connection()));
  }
}
