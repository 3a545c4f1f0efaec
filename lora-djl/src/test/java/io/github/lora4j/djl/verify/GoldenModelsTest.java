// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.verify;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class GoldenModelsTest {
  private static final Path GOLDEN = Path.of("src/test/resources/golden");

  static Stream<Path> checkpoints() throws IOException {
    return Stream.concat(
        directories(GOLDEN.resolve("models")), directories(GOLDEN.resolve("loading")));
  }

  static Stream<Path> adapters() throws IOException {
    return directories(GOLDEN.resolve("models"))
        .flatMap(
            model -> {
              try {
                return directories(model.resolve("adapters"));
              } catch (IOException e) {
                throw new java.io.UncheckedIOException(e);
              }
            });
  }

  private static Stream<Path> directories(Path parent) throws IOException {
    try (Stream<Path> children = Files.list(parent)) {
      return children.filter(Files::isDirectory).sorted().toList().stream();
    }
  }

  @ParameterizedTest
  @MethodSource("checkpoints")
  void aCheckpointComputesWhatTransformersComputes(Path model) {
    assertParity(
        ParityCheck.run(ParityOptions.of(model, Optional.empty(), model.resolve("io.safetensors"))),
        List.of("logits", "loss"));
  }

  @ParameterizedTest
  @MethodSource("adapters")
  void anAdapterComputesAndTrainsAsPeftDoes(Path adapter) {
    Path model = adapter.getParent().getParent();
    assertParity(
        ParityCheck.run(
            ParityOptions.of(model, Optional.of(adapter), adapter.resolve("io.safetensors"))
                .withInputs(model.resolve("io.safetensors"))),
        List.of("logits", "loss", "merged_logits", "train_losses", "generated"));
  }

  private static void assertParity(List<TensorParity> results, List<String> expected) {
    assertFalse(results.isEmpty());
    for (String name : expected) {
      assertTrue(
          results.stream().anyMatch(r -> r.name().equals(name)), () -> name + " is not compared");
    }
    assertAll(results.stream().map(r -> () -> assertTrue(r.ok(), r::toString)));
  }
}
