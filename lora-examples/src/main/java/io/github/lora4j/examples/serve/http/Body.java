// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.serve.http;

import io.github.lora4j.examples.serve.openai.ApiError;
import io.github.lora4j.examples.serve.openai.ApiException;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.function.Consumer;

/** Reads the body of a request that may not be too large, and may not take too long to come. */
final class Body {
  private final Vertx vertx;
  private final HttpLimits limits;

  Body(Vertx vertx, HttpLimits limits) {
    this.vertx = vertx;
    this.limits = limits;
  }

  /**
   * Reads the body, then hands it on. If it is not sound, the request is answered here.
   *
   * @throws ApiException with status 413 or 415 if its headers say so already
   */
  void read(Exchange exchange, Consumer<String> whole) {
    HttpServerRequest request = exchange.request();
    requireJson(request);
    if (declaredLength(request) > limits.bodyBytes()) {
      throw tooLarge();
    }
    Buffer collected = Buffer.buffer();
    long timer =
        vertx.setTimer(limits.bodyTime().toMillis(), late -> exchange.fail(tooSlow().error()));
    exchange.atEnd(() -> vertx.cancelTimer(timer));
    request.handler(
        part -> {
          if (collected.length() + part.length() > limits.bodyBytes()) {
            exchange.fail(tooLarge().error());
          } else {
            collected.appendBuffer(part);
          }
        });
    request.endHandler(
        end -> {
          vertx.cancelTimer(timer);
          if (!exchange.isAnswered()) {
            handOn(exchange, collected, whole);
          }
        });
  }

  private static void requireJson(HttpServerRequest request) {
    String type = request.getHeader("Content-Type");
    String bare = type == null ? "" : type.split(";", 2)[0].strip().toLowerCase(Locale.ROOT);
    if (!bare.equals("application/json")) {
      throw new ApiException(ApiError.refused(415, "Content-Type must be application/json"));
    }
  }

  private static long declaredLength(HttpServerRequest request) {
    String length = request.getHeader("Content-Length");
    try {
      return length == null ? 0 : Long.parseLong(length);
    } catch (NumberFormatException e) {
      throw new ApiException(ApiError.invalid("Content-Length is no number"));
    }
  }

  private static void handOn(Exchange exchange, Buffer body, Consumer<String> whole) {
    try {
      whole.accept(text(body));
    } catch (ApiException e) {
      exchange.fail(e);
    }
  }

  private static String text(Buffer body) {
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(body.getBytes()))
          .toString();
    } catch (CharacterCodingException e) {
      throw new ApiException(ApiError.invalid("The body is not UTF-8"));
    }
  }

  private ApiException tooLarge() {
    return new ApiException(
        ApiError.refused(413, "The body is larger than %d bytes".formatted(limits.bodyBytes())));
  }

  private ApiException tooSlow() {
    return new ApiException(
        ApiError.refused(
            408, "The body did not come within %d s".formatted(limits.bodyTime().toSeconds())));
  }
}
