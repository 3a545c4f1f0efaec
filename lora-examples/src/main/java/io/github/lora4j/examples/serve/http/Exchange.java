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
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A request and the response to it. It ends once: when the response has been taken by the client,
 * or the client has gone, or it was dropped.
 */
final class Exchange {
  /** How long a client that is still sending may take to read an answer to what it sent. */
  static final long LINGER_MILLIS = 1000;

  private static final Logger LOG = LoggerFactory.getLogger(Exchange.class);
  private static final Gson GSON =
      new GsonBuilder().serializeNulls().disableHtmlEscaping().create();
  private static final String JSON = "application/json";

  private final HttpServerRequest request;
  private final Context context;
  private final Duration writeTime;
  private final String id;
  private final long start = System.nanoTime();
  private final AtomicBoolean ended = new AtomicBoolean();
  private final AtomicBoolean answered = new AtomicBoolean();
  private final List<Runnable> atEnd = new ArrayList<>();
  private volatile Tenant tenant = Tenant.anyone();

  Exchange(HttpServerRequest request, Context context, Duration writeTime) {
    this.request = request;
    this.context = context;
    this.writeTime = writeTime;
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
    synchronized (atEnd) {
      if (!ended.get()) {
        atEnd.add(action);
        return;
      }
    }
    action.run();
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
    return ended.get();
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
    return watched(request.response().write(Buffer.buffer(part)));
  }

  void finish() {
    answered.set(true);
    watched(request.response().end()).onComplete(done -> end());
  }

  /** Ends the connection, whatever the client is doing. */
  void drop() {
    onLoop(() -> Channels.abort(request.connection()));
  }

  void onLoop(Runnable action) {
    context.runOnContext(ignored -> action.run());
  }

  static String text(JsonObject json) {
    return GSON.toJson(json);
  }

  private void answer(int status, String contentType, String body) {
    answer(status, contentType, Buffer.buffer(body));
  }

  private void answer(int status, String contentType, Buffer body) {
    if (ended.get() || !answered.compareAndSet(false, true)) {
      return;
    }
    boolean unread = !request.isEnded();
    HttpServerResponse response = head(status, contentType);
    if (unread) {
      response.putHeader("Connection", "close");
    }
    watched(response.end(body))
        .onComplete(
            done -> {
              end();
              if (unread) {
                linger();
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

  /**
   * Closes the connection of a client that is still sending its body, late enough for it to read
   * the answer: closed at once, the answer would be lost with what it has not sent.
   */
  private void linger() {
    request.handler(rest -> {});
    request.resume();
    context.owner().setTimer(LINGER_MILLIS, timer -> request.connection().close());
  }

  /** Drops the client if it does not take what was written in time. */
  private Future<Void> watched(Future<Void> written) {
    if (!written.isComplete()) {
      long timer = context.owner().setTimer(writeTime.toMillis(), late -> drop());
      written.onComplete(done -> context.owner().cancelTimer(timer));
    }
    return written;
  }

  private void end() {
    List<Runnable> actions;
    synchronized (atEnd) {
      if (!ended.compareAndSet(false, true)) {
        return;
      }
      actions = List.copyOf(atEnd);
      atEnd.clear();
    }
    actions.forEach(Runnable::run);
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
