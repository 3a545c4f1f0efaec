// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.generate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.Bias;
import io.github.lora4j.HuggingFaceModel;
import io.github.lora4j.Initialization;
import io.github.lora4j.LoraConfig;
import io.github.lora4j.LoraConfigBuilder;
import io.github.lora4j.LoraModel;
import io.github.lora4j.djl.model.DecoderModel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Without native kernels one sequence decodes through fused layers, several through the modules:
 * both must say the same.
 */
class FusedDecodingTest {
  private static final Path RESOURCES = Path.of("src/test/resources");
  private static final Path MODELS = RESOURCES.resolve("golden/models");
  private static final int[] PROMPT = {5, 17, 59, 3, 42, 8};
  private static final int STEPS = 64; // so far the shortest of the models has positions

  @ParameterizedTest
  @ValueSource(
      strings = {
        "bloom",
        "gemma2",
        "llama",
        "llama3-tied-scaled",
        "mistral",
        "phi3",
        "qwen2",
        "qwen3"
      })
  void oneSequenceGetsTheLogitsOfTheModules(String name) {
    try (DecoderModel model = (DecoderModel) HuggingFaceModel.load(MODELS.resolve(name))) {
      assertSameLogits(model);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "bloom",
        "gemma2",
        "llama",
        "llama3-tied-scaled",
        "mistral",
        "phi3",
        "qwen2",
        "qwen3"
      })
  void anAdapterOnAllLinearsIsFusedToo(String name) {
    try (DecoderModel base = (DecoderModel) HuggingFaceModel.load(MODELS.resolve(name));
        LoraModel model = LoraModel.wrap(base, config().allLinear().bias(Bias.ALL).build())) {
      assertSameLogits((DecoderModel) model);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "golden/models/falcon",
        "golden/models/gpt2",
        "golden/models/gpt_neox",
        "golden/models/opt",
        "samples/falcon-new",
        "samples/falcon-new-one-norm",
        "samples/falcon-rw",
        "samples/gpt_neox-sequential",
        "samples/gptj",
        "samples/mpt-clipped",
        "samples/opt-post-norm"
      })
  void everyShapeIsFusedBareAndAdapted(String name) {
    try (DecoderModel base = (DecoderModel) HuggingFaceModel.load(RESOURCES.resolve(name))) {
      assertSameLogits(base);
      try (LoraModel model = LoraModel.wrap(base, config().allLinear().bias(Bias.ALL).build())) {
        assertSameLogits((DecoderModel) model);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"q_proj", "k_proj", "v_proj", "up_proj", "down_proj", "lm_head"})
  void anAdapterOnOneOfSeveralThatLieTogetherIsFusedToo(String target) {
    try (DecoderModel base = (DecoderModel) HuggingFaceModel.load(MODELS.resolve("llama"));
        LoraModel model = LoraModel.wrap(base, config().targetModules(target).build())) {
      assertSameLogits((DecoderModel) model);
      model.merge();
      assertSameLogits((DecoderModel) model);
      model.unmerge();
      assertSameLogits((DecoderModel) model);
    }
  }

  private static LoraConfigBuilder config() {
    return LoraConfig.builder().rank(3).alpha(6).initialization(Initialization.RANDOM);
  }

  private static void assertSameLogits(DecoderModel model) {
    try (CachedSession alone = portable(model);
        CachedSession twice = portable(model)) {
      float[] one = alone.prefill(List.of(PROMPT))[0];
      float[] two = twice.prefill(List.of(PROMPT, PROMPT))[0];
      assertTrue(alone.tokenDecoder().isPresent(), "one sequence is fused");
      assertTrue(twice.tokenDecoder().isEmpty(), "two are not");
      for (int step = 0; step < STEPS - PROMPT.length - 1; step++) {
        assertArrayEquals(two, one, 2e-5f, "step " + step);
        assertTrue(spread(one) > 0.1, "logits differ from each other");
        int token = argmax(two);
        one = alone.decode(new int[] {token})[0];
        two = twice.decode(new int[] {token, token})[0];
      }
    }
  }

  private static CachedSession portable(DecoderModel model) {
    return new CachedSession(model.decoder(), model.getNDManager(), Optional.empty());
  }

  private static double spread(float[] logits) {
    float[] sorted = logits.clone();
    Arrays.sort(sorted);
    return (double) sorted[sorted.length - 1] - sorted[0];
  }

  private static int argmax(float[] logits) {
    int best = 0;
    for (int i = 1; i < logits.length; i++) {
      best = logits[i] > logits[best] ? i : best;
    }
    return best;
  }
}
