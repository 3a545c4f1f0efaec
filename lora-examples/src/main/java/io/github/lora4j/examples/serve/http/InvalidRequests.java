// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.serve.http;

import io.github.lora4j.examples.serve.openai.ApiError;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;

/** Answers what is no HTTP, and closes the connection when the answer can have been read. */
final class InvalidRequests implements Handler<HttpServerRequest> {
  private final Vertx vertx;

  InvalidRequests(Vertx vertx) {
    this.vertx = vertx;
  }

  @Override
  public void handle(HttpServerRequest request) {
    ApiError error = error(request.decoderResult().cause());
    request
        .response()
        .setStatusCode(error.status())
        .putHeader("Content-Type", "application/json")
        .putHeader("Connection", "close")
        .end(Exchange.text(error.toJson()))
        .onComplete(
            done -> vertx.setTimer(Peer.LINGER_MILLIS, timer -> request.connection().close()));
  }

  private static ApiError error(Throwable cause) {
    if (cause instanceof TooLongHttpLineException) {
      return ApiError.refused(414, "The address is too long");
    }
    if (cause instanceof TooLongHttpHeaderException) {
      return ApiError.refused(431, "The headers are too long");
    }
    return ApiError.invalid("This is no HTTP request");
  }
}
