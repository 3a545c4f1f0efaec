// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.serve;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.ConfigurationException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ServerOptionsTest {
  /** Each column is a number that is fine if it is 1. */
  private static ServerOptions options(
      long pool, int page, int sequences, int batch, int chunk, int queue, int each, int rank) {
    return new ServerOptions(
        AdapterSource.none(),
        pool,
        page,
        sequences,
        batch,
        chunk,
        queue,
        each,
        rank,
        true,
        Duration.ZERO,
        ServerListener.silent());
  }

  @Test
  void theSmallestServerIsOne() {
    assertDoesNotThrow(() -> options(1, 1, 1, 1, 1, 1, 1, 1));
  }

  @ParameterizedTest
  @CsvSource({
    "poolBytes, 0, 1, 1, 1, 1, 1, 1, 1",
    "pageTokens, 1, 0, 1, 1, 1, 1, 1, 1",
    "maxSequences, 1, 1, 0, 1, 1, 1, 1, 1",
    "maxBatchTokens, 1, 1, 2, 1, 1, 1, 1, 1",
    "prefillChunk, 1, 1, 1, 1, 0, 1, 1, 1",
    "maxQueued, 1, 1, 1, 1, 1, 0, 1, 1",
    "maxQueuedPerAdapter, 1, 1, 1, 1, 1, 1, 0, 1",
    "maxRank, 1, 1, 1, 1, 1, 1, 1, 0",
  })
  void aFieldOutOfItsRangeIsNamed(
      String field,
      long pool,
      int page,
      int sequences,
      int batch,
      int chunk,
      int queue,
      int each,
      int rank) {
    String message =
        assertThrows(
                ConfigurationException.class,
                () -> options(pool, page, sequences, batch, chunk, queue, each, rank))
            .getMessage();
    assertTrue(message.startsWith("ServerOptions: " + field + " "), message);
  }
}
