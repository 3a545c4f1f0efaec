// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.serve.http;

import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.time.Duration;
import java.util.function.BooleanSupplier;

/** Waiting for what happens on other threads. */
final class Waiting {
  private Waiting() {}

  static void eventually(BooleanSupplier holds) {
    assertTimeoutPreemptively(
        Duration.ofSeconds(20),
        () -> {
          while (!holds.getAsBoolean()) {
            Thread.sleep(10);
          }
        });
  }
}
