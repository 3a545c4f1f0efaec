// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.serve.http;

import io.github.lora4j.ConfigurationException;
import java.time.Duration;

/**
 * What clients may ask for and how long they may take.
 *
 * @param bodyBytes the largest body of a request
 * @param promptTokens the longest prompt
 * @param answerTokens the longest answer
 * @param connections the most connections; further ones are closed at once
 * @param requests the most requests that are worked on at once, of all tenants
 * @param requestsPerTenant the most requests of one tenant at once
 * @param requestTime the longest time from a request to the end of its answer
 * @param bodyTime the longest time for a body to arrive
 * @param writeTime the longest time for a client to take what was written
 * @param idleTime the longest time that a connection waits for the next request, its headers
 *     included
 */
public record HttpLimits(
    int bodyBytes,
    int promptTokens,
    int answerTokens,
    int connections,
    int requests,
    int requestsPerTenant,
    Duration requestTime,
    Duration bodyTime,
    Duration writeTime,
    Duration idleTime) {

  /**
   * Checks every field.
   *
   * @throws ConfigurationException if one is not positive
   */
  public HttpLimits {
    requirePositive("bodyBytes", bodyBytes);
    requirePositive("promptTokens", promptTokens);
    requirePositive("answerTokens", answerTokens);
    requirePositive("connections", connections);
    requirePositive("requests", requests);
    requirePositive("requestsPerTenant", requestsPerTenant);
    requirePositive("requestTime", requestTime.toMillis());
    requirePositive("bodyTime", bodyTime.toMillis());
    requirePositive("writeTime", writeTime.toMillis());
    requirePositive("idleTime", idleTime.toMillis());
  }

  /**
   * Limits for a machine that a team shares.
   *
   * @return 1 MiB of body, 4096 tokens of prompt, 1024 of answer, 2048 connections, 512 requests,
   *     64 a tenant, five minutes a request
   */
  public static HttpLimits defaults() {
    return new HttpLimits(
        1 << 20,
        4096,
        1024,
        2048,
        512,
        64,
        Duration.ofMinutes(5),
        Duration.ofSeconds(20),
        Duration.ofSeconds(20),
        Duration.ofSeconds(60));
  }

  private static void requirePositive(String field, long value) {
    if (value < 1) {
      throw new ConfigurationException(
          "HttpLimits: %s must be positive, was %d".formatted(field, value));
    }
  }
}
