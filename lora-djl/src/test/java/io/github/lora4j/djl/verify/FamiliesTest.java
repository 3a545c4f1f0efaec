// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.verify;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Adapters that are no LoRA on the golden models, as PEFT made them; the bottlenecks, which PEFT
 * has not, as modules of PyTorch around those of transformers.
 */
class FamiliesTest {
  private static final Path RESOURCES = Path.of("src/test/resources");

  @ParameterizedTest
  @CsvSource({
    "llama, ia3",
    "bloom, ia3",
    "llama, prompt-tuning",
    "bloom, prompt-tuning",
    "llama, prefix-tuning",
    "bloom, prefix-tuning",
    "llama, bottleneck-houlsby",
    "llama, bottleneck-pfeiffer",
    "bloom, bottleneck-gelu",
  })
  void anAdapterComputesAndTrainsAsPeftDoes(String model, String name) {
    Path adapter = RESOURCES.resolve("families").resolve(model).resolve(name);
    Path base = RESOURCES.resolve("golden/models").resolve(model);

    List<TensorParity> results =
        ParityCheck.run(
            ParityOptions.of(base, Optional.of(adapter), adapter.resolve("io.safetensors"))
                .withInputs(base.resolve("io.safetensors")));

    Set<String> names = results.stream().map(TensorParity::name).collect(Collectors.toSet());
    assertTrue(names.containsAll(Set.of("logits", "loss", "train_losses", "generated")));
    assertTrue(names.stream().anyMatch(n -> n.startsWith("grad.")));
    assertTrue(names.stream().anyMatch(n -> n.startsWith("final.")));
    assertAll(results.stream().map(r -> () -> assertTrue(r.ok(), r::toString)));
  }
}
