// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.serve.http;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import io.github.lora4j.examples.serve.openai.ApiError;
import io.github.lora4j.examples.serve.tenant.Tenant;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A request and the response to it. It ends once: when the response has been taken by the client,
 * or the client has gone, or it was dropped.
 */
final class Exchange {
  private static final Logger LOG = LoggerFactory.getLogger(Exchange.class);
  private static final Gson GSON =
      new GsonBuilder().serializeNulls().disableHtmlEscaping().create();
  private static final String JSON = "application/json";

  private final HttpServerRequest request;
  private final Peer peer;
  private final String id;
  private final long start = System.nanoTime();
  private final AtomicBoolean answered = new AtomicBoolean();
  private final AtEnd atEnd = new AtEnd();
  private volatile Tenant tenant = Tenant.anyone();

  Exchange(HttpServerRequest request, Context context, Duration writeTime) {
    this.request = request;
    peer = new Peer(request, context, writeTime);
    id = RequestId.of(header(RequestId.HEADER));
    request.response().closeHandler(gone -> end());
    request.response().exceptionHandler(broken -> end());
    request.exceptionHandler(broken -> end());
  }

  String id() {
    return id;
  }

  HttpServerRequest request() {
    return request;
  }

  /** The path that was asked for, empty if the address has none. */
  String path() {
    return Optional.ofNullable(request.path()).orElse("");
  }

  Tenant tenant() {
    return tenant;
  }

  void belongsTo(Tenant owner) {
    tenant = owner;
  }

  Optional<String> header(String name) {
    return Optional.ofNullable(request.getHeader(name));
  }

  /** Adds a header to the answer. */
  void putHeader(String name, String value) {
    request.response().putHeader(name, value);
  }

  /** Does something when the exchange has ended, or now if it has. */
  void atEnd(Runnable action) {
    atEnd.add(action);
  }

  boolean isAnswered() {
    return answered.get();
  }

  Duration age() {
    return Duration.ofNanos(System.nanoTime() - start);
  }

  /** The status that was sent, or a hyphen. */
  String status() {
    HttpServerResponse response = request.response();
    return response.headWritten() ? Integer.toString(response.getStatusCode()) : "-";
  }

  boolean hasEnded() {
    return atEnd.isPast();
  }

  void send(int status, String contentType, String body) {
    onLoop(() -> answer(status, contentType, Buffer.buffer(body)));
  }

  void sendJson(JsonObject json) {
    send(200, JSON, text(json));
  }

  /** Answers with an error, unless the answer has begun. */
  void fail(Throwable failure) {
    ApiError told = Failures.told(failure);
    if (Failures.isOurs(told)) {
      LOG.error("request {} failed", id, failure);
    }
    fail(told);
  }

  void fail(ApiError error) {
    onLoop(
        () -> {
          if (!request.response().headWritten()) {
            if (error.mayBeRetried()) {
              request.response().putHeader("Retry-After", "1");
            }
            answer(error.status(), JSON, text(error.toJson()) + "\n");
          }
        });
  }

  /** Begins an answer of unknown length. */
  void begin(String contentType) {
    HttpServerResponse response = head(200, contentType);
    response.putHeader("X-Accel-Buffering", "no").setChunked(true);
  }

  /** Writes a part of it; the future completes when the client's side has taken it. */
  Future<Void> write(String part) {
    return peer.watched(request.response().write(Buffer.buffer(part)));
  }

  void finish() {
    answered.set(true);
    peer.watched(request.response().end()).onComplete(done -> end());
  }

  void onLoop(Runnable action) {
    peer.onLoop(action);
  }

  static String text(JsonObject json) {
    return GSON.toJson(json);
  }

  private void answer(int status, String contentType, String body) {
    answer(status, contentType, Buffer.buffer(body));
  }

  private void answer(int status, String contentType, Buffer body) {
    if (atEnd.isPast() || !answered.compareAndSet(false, true)) {
      return;
    }
    boolean unread = !request.isEnded();
    HttpServerResponse response = head(status, contentType);
    if (unread) {
      response.putHeader("Connection", "close");
    }
    peer.watched(response.end(body))
        .onComplete(
            done -> {
              end();
              if (unread) {
                peer.linger();
              }
            });
  }

  private HttpServerResponse head(int status, String contentType) {
    return request
        .response()
        .setStatusCode(status)
        .putHeader("Content-Type", contentType)
        .putHeader("X-Content-Type-Options", "nosniff")
        .putHeader("Cache-Control", "no-store")
        .putHeader(RequestId.HEADER, id);
  }

  private void end() {
    if (!atEnd.run()) {
      return;
    }
    LOG.info(
        "{} {} {} {} {} {} ms{}",
        id,
        tenant.name(),
        request.method(),
        path(),
        status(),
        age().toMillis(),
        request.response().ended() ? "" : " (client gone)");
  }
}
