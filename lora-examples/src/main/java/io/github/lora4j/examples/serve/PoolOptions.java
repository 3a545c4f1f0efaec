// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.serve;

import io.github.lora4j.serve.LoraServerBuilder;
import java.time.Duration;
import picocli.CommandLine.Option;

/** How much is done at once. */
final class PoolOptions {
  private static final int MIB = 1 << 20;

  @Option(
      names = "--pool",
      paramLabel = "MIB",
      defaultValue = "512",
      description =
          "Memory for keys, values and adapters together; ${DEFAULT-VALUE} MiB by default.")
  private long pool;

  @Option(
      names = "--max-sequences",
      paramLabel = "N",
      defaultValue = "64",
      description = "Most answers that are generated at once; ${DEFAULT-VALUE} by default.")
  private int maxSequences;

  @Option(
      names = "--max-rank",
      paramLabel = "N",
      defaultValue = "64",
      description = "Largest rank of an adapter; ${DEFAULT-VALUE} by default.")
  private int maxRank;

  @Option(
      names = "--drain-time",
      paramLabel = "SECONDS",
      defaultValue = "30",
      description =
          "How long answers may go on after a signal to stop; ${DEFAULT-VALUE} by default.")
  private long drainTime;

  LoraServerBuilder apply(LoraServerBuilder builder) {
    return builder
        .poolBytes(pool * MIB)
        .maxSequences(maxSequences)
        .maxBatchTokens(Math.max(256, maxSequences))
        .maxRank(maxRank)
        .drainTimeout(Duration.ofSeconds(drainTime));
  }
}
