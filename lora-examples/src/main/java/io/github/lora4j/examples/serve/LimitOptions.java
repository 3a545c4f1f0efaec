// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.serve;

import io.github.lora4j.examples.serve.http.HttpLimits;
import java.time.Duration;
import picocli.CommandLine.Option;

/** What clients may ask for. */
final class LimitOptions {
  private static final HttpLimits DEFAULTS = HttpLimits.defaults();

  @Option(
      names = "--max-body",
      paramLabel = "BYTES",
      description = "Largest body of a request; ${DEFAULT-VALUE} by default.")
  private int maxBody = DEFAULTS.bodyBytes();

  @Option(
      names = "--max-prompt-tokens",
      paramLabel = "N",
      description = "Longest prompt; ${DEFAULT-VALUE} by default.")
  private int maxPromptTokens = DEFAULTS.promptTokens();

  @Option(
      names = "--max-answer-tokens",
      paramLabel = "N",
      description = "Longest answer; ${DEFAULT-VALUE} by default.")
  private int maxAnswerTokens = DEFAULTS.answerTokens();

  @Option(
      names = "--max-connections",
      paramLabel = "N",
      description = "Most connections; ${DEFAULT-VALUE} by default.")
  private int maxConnections = DEFAULTS.connections();

  @Option(
      names = "--max-requests",
      paramLabel = "N",
      description = "Most answers that are streamed at once; ${DEFAULT-VALUE} by default.")
  private int maxRequests = DEFAULTS.requests();

  @Option(
      names = "--max-requests-per-tenant",
      paramLabel = "N",
      description = "Most requests with one tenant's keys at once; ${DEFAULT-VALUE} by default.")
  private int maxRequestsPerTenant = DEFAULTS.requestsPerTenant();

  @Option(
      names = "--request-time",
      paramLabel = "SECONDS",
      description = "Longest time for a request; ${DEFAULT-VALUE} by default.")
  private long requestTime = DEFAULTS.requestTime().toSeconds();

  @Option(
      names = "--write-time",
      paramLabel = "SECONDS",
      description =
          "Clients that read nothing for this long are dropped; ${DEFAULT-VALUE} by default.")
  private long writeTime = DEFAULTS.writeTime().toSeconds();

  HttpLimits limits() {
    return new HttpLimits(
        maxBody,
        maxPromptTokens,
        maxAnswerTokens,
        maxConnections,
        maxRequests,
        maxRequestsPerTenant,
        Duration.ofSeconds(requestTime),
        DEFAULTS.bodyTime(),
        Duration.ofSeconds(writeTime),
        DEFAULTS.idleTime());
  }
}
