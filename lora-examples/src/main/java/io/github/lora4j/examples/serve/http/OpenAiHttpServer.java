// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.serve.http;

import io.github.lora4j.LoraException;
import io.github.lora4j.examples.serve.tenant.ConcurrencyLimit;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.file.FileSystemOptions;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * OpenAI's interface over HTTP/1.1: {@code /v1/models}, {@code /v1/chat/completions}, {@code
 * /v1/completions}; vLLM's {@code /v1/load_lora_adapter} and {@code /v1/unload_lora_adapter};
 * {@code /health}, {@code /metrics}, and a page to chat at {@code /}.
 */
public final class OpenAiHttpServer implements AutoCloseable {
  /** Bounds what the kernel holds for a client that does not read. */
  private static final int SEND_BUFFER = 64 << 10;

  private static final int MAX_HEADER_BYTES = 16 << 10;
  private static final int EVENT_LOOPS = 2;

  private final Vertx vertx;
  private final Workers workers;
  private final HttpServer listener;
  private final HttpLimits limits;
  private volatile boolean draining;

  private OpenAiHttpServer(HttpService service, String host, int port) {
    limits = service.limits();
    vertx =
        Vertx.vertx(
            new VertxOptions()
                .setEventLoopPoolSize(EVENT_LOOPS)
                .setFileSystemOptions(
                    new FileSystemOptions()
                        .setFileCachingEnabled(false)
                        .setClassPathResolvingEnabled(false)));
    workers = new Workers(limits.requests());
    try {
      listener = listen(service, host, port);
    } catch (RuntimeException e) {
      stop();
      throw e;
    }
  }

  /**
   * Starts.
   *
   * @param service what is put on the net
   * @param host the address to listen at
   * @param port the port, 0 for any that is free
   * @return the server, to be closed before what it serves
   * @throws LoraException if it cannot listen there
   */
  public static OpenAiHttpServer start(HttpService service, String host, int port) {
    return new OpenAiHttpServer(service, host, port);
  }

  /**
   * The port it listens at.
   *
   * @return the port
   */
  public int port() {
    return listener.actualPort();
  }

  /** Answers new requests with 503 from now on; those that run go on. */
  public void drain() {
    draining = true;
  }

  /** Waits a little for answers that are being written, then closes all connections. */
  @Override
  public void close() {
    drain();
    listener
        .shutdown(limits.writeTime().toMillis(), TimeUnit.MILLISECONDS)
        .toCompletionStage()
        .toCompletableFuture()
        .join();
    stop();
  }

  /**
   * Whether an address can be reached from this machine alone.
   *
   * @param host a name or address
   * @return true for loopback addresses
   * @throws LoraException if there is no such host
   */
  public static boolean isLoopback(String host) {
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException e) {
      throw new LoraException(
          "%s: there is no such host; give an address of this machine".formatted(host), e);
    }
  }

  private HttpServer listen(HttpService service, String host, int port) {
    HttpMeters meters = new HttpMeters(service.metrics());
    Connections connections = new Connections(vertx, limits);
    meters.connections(connections::count);
    FrontDoor door =
        new FrontDoor(vertx, limits, reception(service, host), connections, workers, meters);
    try {
      return vertx
          .createHttpServer(options(host, port))
          .connectionHandler(connections::opened)
          .invalidRequestHandler(new InvalidRequests(vertx))
          .requestHandler(door)
          .listen()
          .toCompletionStage()
          .toCompletableFuture()
          .join();
    } catch (CompletionException e) {
      throw new LoraException(
          "cannot listen at %s:%d: %s; choose another --port or --host"
              .formatted(host, port, Failures.unwrapped(e).getMessage()),
          e);
    }
  }

  private Reception reception(HttpService service, String host) {
    boolean local = isLoopback(host) && !service.access().needsKey();
    Predicate<String> hosts = local ? new LocalNames() : name -> true;
    return new Reception(
        new Routes(service, () -> draining).all(),
        service.access(),
        hosts,
        new ConcurrencyLimit(limits.requestsPerTenant()));
  }

  private static HttpServerOptions options(String host, int port) {
    HttpServerOptions options =
        new HttpServerOptions()
            .setHost(host)
            .setPort(port)
            .setHttp2ClearTextEnabled(false)
            .setMaxHeaderSize(MAX_HEADER_BYTES)
            .setHandle100ContinueAutomatically(true);
    options.setSendBufferSize(SEND_BUFFER);
    return options;
  }

  private void stop() {
    workers.close();
    vertx.close().toCompletionStage().toCompletableFuture().join();
  }
}
