// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.serve.http;

import io.vertx.core.Vertx;
import io.vertx.core.http.HttpConnection;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * Counts connections, and closes those that no request comes over in time: idle ones, and ones over
 * which headers come in drops. What is done to a connection is done on its own event loop.
 */
final class Connections {
  private final Vertx vertx;
  private final HttpLimits limits;
  private final ConcurrentMap<HttpConnection, Line> lines = new ConcurrentHashMap<>();

  Connections(Vertx vertx, HttpLimits limits) {
    this.vertx = vertx;
    this.limits = limits;
  }

  /** A connection was made. */
  void opened(HttpConnection connection) {
    if (lines.size() >= limits.connections()) {
      connection.close();
      return;
    }
    Line line = new Line(connection);
    lines.put(connection, line);
    connection.closeHandler(closed -> closed(line));
    line.startWaiting();
  }

  /** A request came over it. */
  void busy(HttpConnection connection) {
    Line line = lines.get(connection);
    if (line != null) {
      line.running++;
      line.cancel();
    }
  }

  /** A request was answered; requests that came behind it may be running. */
  void idle(HttpConnection connection) {
    Line line = lines.get(connection);
    if (line != null) {
      line.running--;
      line.startWaiting();
    }
  }

  int count() {
    return lines.size();
  }

  private void closed(Line line) {
    lines.remove(line.connection);
    line.cancel();
  }

  /** A connection, its requests, and the timer that runs while it has none. */
  private final class Line {
    private final HttpConnection connection;
    private int running;
    private long timer;

    Line(HttpConnection connection) {
      this.connection = connection;
    }

    void startWaiting() {
      if (running == 0) {
        timer = vertx.setTimer(limits.idleTime().toMillis(), late -> connection.close());
      }
    }

    void cancel() {
      vertx.cancelTimer(timer);
    }
  }
}
