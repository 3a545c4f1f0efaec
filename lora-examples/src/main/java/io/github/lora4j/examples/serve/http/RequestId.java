// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.serve.http;

import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;

/** The name of a request: the client's, if it sends a sound one in {@code X-Request-Id}. */
final class RequestId {
  static final String HEADER = "X-Request-Id";

  private static final Pattern SOUND = Pattern.compile("[A-Za-z0-9._-]{1,64}");

  private RequestId() {}

  static String of(Optional<String> given) {
    return given
        .filter(id -> SOUND.matcher(id).matches())
        .orElseGet(() -> UUID.randomUUID().toString().replace("-", ""));
  }
}
