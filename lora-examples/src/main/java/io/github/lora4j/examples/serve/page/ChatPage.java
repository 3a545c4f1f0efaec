// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.serve.page;

import io.github.lora4j.LoraException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.Map;

/**
 * The page, with its style and script in it. Its headers let the browser run that script alone, and
 * talk to this server alone.
 *
 * @param html the page
 * @param headers to send with it
 */
public record ChatPage(String html, Map<String, String> headers) {
  /** Copies the headers. */
  public ChatPage {
    headers = Map.copyOf(headers);
  }

  /**
   * Puts the page together.
   *
   * @return the page
   * @throws LoraException if the jar lacks it
   */
  public static ChatPage load() {
    String style = resource("chat.css");
    String script = resource("chat.js");
    String html = resource("chat.html").replace("/*style*/", style).replace("/*script*/", script);
    return new ChatPage(
        html,
        Map.of(
            "Content-Security-Policy",
            "default-src 'none'; connect-src 'self'; img-src data:; base-uri 'none';"
                + " form-action 'none'; frame-ancestors 'none'; style-src '%s'; script-src '%s'"
                    .formatted(hash(style), hash(script)),
            "Referrer-Policy",
            "no-referrer"));
  }

  private static String resource(String name) {
    try (InputStream in = ChatPage.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new LoraException(name + " is not in the jar; build again");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new LoraException("%s: cannot be read: %s".formatted(name, e), e);
    }
  }

  private static String hash(String text) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
      return "sha256-" + Base64.getEncoder().encodeToString(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }
}
