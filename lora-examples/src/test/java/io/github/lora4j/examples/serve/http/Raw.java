// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.serve.http;

import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;

/** HTTP by hand. */
final class Raw {
  private Raw() {}

  /** Sends text and reads until the server closes. */
  static String exchange(Fixture fixture, String request) throws IOException {
    try (Socket socket = fixture.socket()) {
      socket.setSoTimeout(5_000);
      socket.getOutputStream().write(request.getBytes(StandardCharsets.UTF_8));
      return rest(socket);
    }
  }

  /** What comes until the server closes. */
  static String rest(Socket socket) throws IOException {
    try {
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    } catch (SocketException closed) {
      return "";
    }
  }

  static String post(String path, String json) {
    String body = json.replace('\'', '"');
    return "POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"
        .formatted(path, body.getBytes(StandardCharsets.UTF_8).length, body);
  }
}
