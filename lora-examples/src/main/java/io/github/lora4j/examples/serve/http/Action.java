// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.serve.http;

/** What is done for a request that was let in. */
@FunctionalInterface
interface Action {
  /**
   * Does it, and answers now or later.
   *
   * @param exchange the request
   * @param body its body, empty if it has none
   */
  void handle(Exchange exchange, String body);
}
