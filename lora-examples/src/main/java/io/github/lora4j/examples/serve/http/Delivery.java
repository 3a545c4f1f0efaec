// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.serve.http;

import io.github.lora4j.serve.ServedGeneration;

/** How an answer is sent. */
interface Delivery {
  /**
   * Sends it.
   *
   * @param exchange the request
   * @param generation the answer on its way
   */
  void deliver(Exchange exchange, ServedGeneration generation);
}
