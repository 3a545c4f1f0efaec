// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.verify;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Shapes that the golden models do not have; made by samples/make_samples.py. */
class SampleModelsTest {
  private static final Path SAMPLES = Path.of("src/test/resources/samples");

  @ParameterizedTest
  @ValueSource(
      strings = {
        "llama-biases",
        "llama-tied",
        "llama-untied",
        "bloom-6-heads",
        "bloom-12-heads-residual-after-norm",
        "gemma",
        "llama-dynamic",
        "phi3-longrope",
        "phi3-partial-rotary",
        "qwen2-upper-window",
        "qwen3-yarn",
        "gpt2-untied",
        "gpt_neox-sequential",
        "opt-post-norm",
        "falcon-new",
        "falcon-new-one-norm",
        "falcon-rw",
        "gptj",
        "mpt-clipped",
        "mpt"
      })
  void aCheckpointComputesWhatTransformersComputes(String name) {
    Path model = SAMPLES.resolve(name);
    List<TensorParity> results =
        ParityCheck.run(ParityOptions.of(model, Optional.empty(), model.resolve("io.safetensors")));
    assertEquals(Set.of("logits", "loss"), names(results));
    assertAll(results.stream().map(r -> () -> assertTrue(r.ok(), r::toString)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "llama-biases/adapters/bias-all",
        "llama-biases/adapters/bias-lora_only",
        "llama-tied/adapters/lm_head",
        "llama-untied/adapters/lm_head",
        "bloom-6-heads/adapters/all-linear",
        "bloom-6-heads/adapters/bias-all",
        "bloom-12-heads-residual-after-norm/adapters/all-linear",
        "gemma/adapters/all-linear",
        "llama-dynamic/adapters/all-linear",
        "phi3-longrope/adapters/all-linear",
        "phi3-partial-rotary/adapters/all-linear",
        "qwen2-upper-window/adapters/all-linear",
        "qwen3-yarn/adapters/all-linear",
        "gpt2-untied/adapters/saved",
        "gpt_neox-sequential/adapters/all-linear",
        "opt-post-norm/adapters/all-linear",
        "falcon-new/adapters/all-linear",
        "falcon-new-one-norm/adapters/all-linear",
        "falcon-rw/adapters/all-linear",
        "gptj/adapters/all-linear",
        "gptj/adapters/default",
        "mpt-clipped/adapters/all-linear",
        "mpt/adapters/default"
      })
  void anAdapterComputesAndTrainsAsPeftDoes(String name) {
    Path adapter = SAMPLES.resolve(name);
    Path model = adapter.getParent().getParent();
    List<TensorParity> results =
        ParityCheck.run(
            ParityOptions.of(model, Optional.of(adapter), adapter.resolve("io.safetensors"))
                .withInputs(model.resolve("io.safetensors")));
    assertTrue(names(results).containsAll(Set.of("logits", "loss", "train_losses")));
    assertTrue(names(results).stream().anyMatch(n -> n.startsWith("grad.")));
    assertAll(results.stream().map(r -> () -> assertTrue(r.ok(), r::toString)));
  }

  private static Set<String> names(List<TensorParity> results) {
    return results.stream().map(TensorParity::name).collect(Collectors.toSet());
  }
}
