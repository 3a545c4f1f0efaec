// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.fuzz;

import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the fuzzer does for hours, for a moment; and all that it ever found. */
class ForeignBytesTest {
  private static final Duration LIMIT = Duration.ofSeconds(20);
  private static final int MUTATIONS = 500;

  @TempDir Path directory;

  @ParameterizedTest
  @EnumSource
  void whatIsValidIsRead(FuzzTarget target) throws IOException {
    List<Path> seeds = Seeds.valid(target);
    assertTrue(seeds.size() >= 1);
    for (Path seed : seeds) {
      byte[] input = Files.readAllBytes(seed);
      Path own = own(target);
      assertTimeoutPreemptively(LIMIT, () -> target.read(input, own), seed.toString());
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatWasFoundIsMended(FuzzTarget target) throws IOException {
    for (Path found : Seeds.found(target)) {
      check(target, Files.readAllBytes(found));
    }
  }

  @ParameterizedTest
  @EnumSource
  void mutationsAreReadOrRefused(FuzzTarget target) throws IOException {
    List<byte[]> seeds = new ArrayList<>();
    for (Path seed : Seeds.valid(target)) {
      seeds.add(Files.readAllBytes(seed));
    }
    Mutations mutations = new Mutations(seeds, 1);
    int refused = 0;
    for (int i = 0; i < MUTATIONS; i++) {
      refused += check(target, mutations.next()) == Outcome.REFUSED ? 1 : 0;
    }
    assertTrue(refused > 0, "nothing was refused, so nothing was tried");
  }

  /** A file of one target must not be found by another. */
  private Path own(FuzzTarget target) throws IOException {
    return Files.createDirectories(directory.resolve(target.label()));
  }

  private Outcome check(FuzzTarget target, byte[] input) throws IOException {
    Path own = own(target);
    return assertTimeoutPreemptively(
        LIMIT,
        () -> {
          try {
            return Outcome.of(target, input, own);
          } catch (Throwable e) {
            throw new AssertionError(target.label() + ": " + HexFormat.of().formatHex(input), e);
          }
        });
  }
}
