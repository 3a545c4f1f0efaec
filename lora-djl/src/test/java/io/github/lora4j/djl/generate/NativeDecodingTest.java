// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.generate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.lora4j.Bias;
import io.github.lora4j.HuggingFaceModel;
import io.github.lora4j.Initialization;
import io.github.lora4j.LoadOptions;
import io.github.lora4j.LoraConfig;
import io.github.lora4j.LoraConfigBuilder;
import io.github.lora4j.LoraModel;
import io.github.lora4j.djl.kernel.NativeKernels;
import io.github.lora4j.djl.model.DecoderModel;
import io.github.lora4j.quant.Quantization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What comes step by step out of a native program is what the full forward says. */
class NativeDecodingTest {
  private static final Path RESOURCES = Path.of("src/test/resources");
  private static final Path MODELS = RESOURCES.resolve("golden/models");
  private static final int[] PROMPT = {5, 17, 59, 3, 42, 8};
  private static final int SHORT = 12;
  private static final int PAST_THE_FIRST_CACHE = 70;

  @TempDir Path directory;

  @BeforeEach
  void requireKernels() {
    assumeTrue(NativeKernels.get().isPresent(), "built without a C compiler");
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
  void logitsAreThoseOfTheFullForward(String name) {
    try (DecoderModel model = load(name)) {
      assertLogits(model, SHORT);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"golden/models/gpt2", "samples/gpt2-untied"})
  void otherShapesDecodeNativelyToo(String name) {
    try (DecoderModel base = (DecoderModel) HuggingFaceModel.load(RESOURCES.resolve(name))) {
      assertLogits(base, SHORT);
      try (LoraModel model = LoraModel.wrap(base, config().allLinear().bias(Bias.ALL).build())) {
        assertLogits(model, SHORT);
      }
    }
  }

  /** What the native program does not know goes through the modules, and leaves nothing. */
  @ParameterizedTest
  @ValueSource(
      strings = {"samples/falcon-new", "samples/falcon-rw", "samples/gptj", "samples/mpt-clipped"})
  void whatIsNotKnownIsDeclined(String name) {
    try (DecoderModel model = (DecoderModel) HuggingFaceModel.load(RESOURCES.resolve(name));
        CachedSession session = session(model)) {
      float[][] logits = session.prefill(List.of(PROMPT, PROMPT));
      int arrays = model.getNDManager().getManagedArrays().size();
      int token = argmax(logits[0]);
      float[] next = session.decode(new int[] {token, token})[0];
      assertTrue(session.tokenDecoder().isEmpty());
      assertArrayEquals(full(model, with(PROMPT, token)), next, 1e-4f);
      assertEquals(arrays, model.getNDManager().getManagedArrays().size());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "llama, nf4",
    "llama, nf4-double",
    "llama, fp4-double",
    "llama, nf4-double-b128",
    "bloom, nf4-double",
    "llama3-tied-scaled, nf4",
    "phi3, nf4",
    "qwen2, nf4-double"
  })
  void aQuantisedBaseDecodesAsItIsAndAdapted(String name, String quantization) {
    LoadOptions options =
        LoadOptions.builder().quantization(Quantization.parse(quantization)).build();
    try (DecoderModel base = (DecoderModel) HuggingFaceModel.load(MODELS.resolve(name), options)) {
      float[] bare = assertLogits(base, SHORT);
      try (LoraModel model = LoraModel.wrap(base, config().allLinear().build())) {
        assertTrue(difference(bare, assertLogits(model, SHORT)) > 1e-3);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"bloom", "llama3-tied-scaled"})
  void theCacheGrows(String name) {
    try (DecoderModel model = load(name)) {
      assertLogits(model, PAST_THE_FIRST_CACHE);
    }
  }

  @Test
  void theLastPositionIsReached() {
    try (DecoderModel model = load("llama")) {
      assertLogits(model, model.decoder().spec().maxPositions() - PROMPT.length);
    }
  }

  @Test
  void theResidualMayStartAfterTheNorm() throws IOException {
    for (String file : List.of("config.json", "model.safetensors")) {
      Files.copy(MODELS.resolve("bloom").resolve(file), directory.resolve(file));
    }
    Path config = directory.resolve("config.json");
    String text = Files.readString(config);
    String switched =
        text.replace(
            "\"apply_residual_connection_post_layernorm\": false",
            "\"apply_residual_connection_post_layernorm\": true");
    assertTrue(!switched.equals(text), "the fixture names the switch");
    Files.writeString(config, switched);
    try (DecoderModel model = (DecoderModel) HuggingFaceModel.load(directory)) {
      assertLogits(model, SHORT);
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
  void anAdapterIsFollowedWhereverItStands(String name) {
    LoraConfig everywhere = config().allLinear().bias(Bias.ALL).dropout(0.5f).build();
    try (DecoderModel base = load(name)) {
      float[] bare = logitsAlone(base);
      try (LoraModel model = LoraModel.wrap(base, everywhere)) {
        assertFollowed(model, bare);
      }
      assertEquals(0, difference(bare, assertLogits(base, SHORT)));
    }
  }

  private static void assertFollowed(LoraModel model, float[] bare) {
    float[] adapted = assertLogits(model, SHORT);
    assertTrue(difference(bare, adapted) > 1e-3, "the adapter changes what comes out");
    model.merge();
    assertEquals(0, difference(adapted, assertLogits(model, SHORT)), 1e-3);
    model.unmerge();
    model.disableAdapters();
    assertEquals(0, difference(bare, assertLogits(model, SHORT)), 1e-4);
    model.enableAdapters();
    model.addAdapter("second", config().rank(5).allLinear().bias(Bias.NONE).build());
    model.setActiveAdapter("second");
    float[] second = assertLogits(model, SHORT);
    assertTrue(difference(adapted, second) > 1e-3, "another adapter, other logits");
  }

  @ParameterizedTest
  @ValueSource(strings = {"q_proj", "k_proj", "v_proj", "up_proj", "down_proj", "lm_head"})
  void anAdapterMayStandOnOneLinearAlone(String target) {
    try (DecoderModel base = load("llama");
        LoraModel model = LoraModel.wrap(base, config().targetModules(target).build())) {
      assertLogits(model, SHORT);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"bloom", "gemma2", "llama", "mistral", "phi3", "qwen3"})
  void severalSequencesDecodeAsEachAlone(String name) {
    List<int[]> prompts = List.of(new int[] {7}, PROMPT, new int[] {9, 9, 100, 64});
    try (DecoderModel model = load(name);
        CachedSession session = session(model)) {
      List<int[]> sequences = new ArrayList<>(prompts);
      float[][] logits = session.prefill(prompts);
      for (int step = 0; step < SHORT; step++) {
        int[] tokens = Arrays.stream(logits).mapToInt(NativeDecodingTest::argmax).toArray();
        for (int b = 0; b < tokens.length; b++) {
          sequences.set(b, with(sequences.get(b), tokens[b]));
        }
        logits = session.decode(tokens);
        for (int b = 0; b < tokens.length; b++) {
          assertArrayEquals(full(model, sequences.get(b)), logits[b], 1e-4f, "sequence " + b);
        }
        if (step == SHORT / 2) {
          session.retain(new int[] {0, 2});
          sequences.remove(1);
          logits = new float[][] {logits[0], logits[2]};
        }
      }
      assertNative(session);
    }
  }

  @Test
  void theGreedyChoiceIsTheLargestLogit() {
    try (DecoderModel model = load("llama");
        CachedSession logits = session(model);
        CachedSession choice = session(model)) {
      int[] token = {argmax(logits.prefill(List.of(PROMPT))[0])};
      choice.prefill(List.of(PROMPT));
      for (int step = 0; step < SHORT; step++) {
        int expected = argmax(logits.decode(token)[0]);
        token = choice.decodeGreedy(token);
        assertArrayEquals(new int[] {expected}, token);
      }
    }
  }

  @Test
  void sessionsInSeveralThreadsDoNotDisturbEachOther()
      throws InterruptedException, ExecutionException {
    ExecutorService threads = Executors.newFixedThreadPool(3);
    try (DecoderModel model = load("llama")) {
      float[] expected = logitsAlone(model);
      List<Future<float[]>> results =
          IntStream.range(0, 12).mapToObj(i -> threads.submit(() -> logitsAlone(model))).toList();
      for (Future<float[]> result : results) {
        assertArrayEquals(expected, result.get());
      }
    } finally {
      threads.shutdown();
    }
  }

  @Test
  void stepsLeaveNoArrays() {
    try (DecoderModel model = load("bloom");
        CachedSession session = session(model)) {
      session.prefill(List.of(PROMPT));
      session.decode(new int[] {1});
      int arrays = model.getNDManager().getManagedArrays().size();
      for (int step = 0; step < PAST_THE_FIRST_CACHE; step++) {
        session.decodeGreedy(new int[] {step});
      }
      assertEquals(arrays, model.getNDManager().getManagedArrays().size());
    }
  }

  @Test
  void aSessionOfAClosedModelIsAnError() {
    DecoderModel model = load("llama");
    CachedSession session = session(model);
    session.prefill(List.of(PROMPT));
    session.decode(new int[] {1});
    model.close();
    assertThrows(IllegalStateException.class, () -> session.decode(new int[] {1}));
    session.close();
  }

  @Test
  void anAdapterDeletedMeanwhileIsStillThereForTheSession() {
    try (DecoderModel base = load("llama");
        LoraModel model = LoraModel.wrap(base, config().allLinear().build());
        CachedSession session = session((DecoderModel) model)) {
      session.prefill(List.of(PROMPT));
      float[] before = session.decode(new int[] {1})[0];
      model.deleteAdapter("default");
      float[] after = session.decode(new int[] {2})[0];
      assertTrue(Float.isFinite(after[0]) && difference(before, after) > 0);
    }
  }

  @Test
  void aTokenOutsideTheVocabularyIsRefused() {
    try (DecoderModel model = load("llama");
        CachedSession session = session(model)) {
      session.prefill(List.of(PROMPT));
      assertThrows(IllegalArgumentException.class, () -> session.decode(new int[] {-1}));
      assertThrows(IllegalArgumentException.class, () -> session.decode(new int[] {131}));
      assertThrows(IllegalArgumentException.class, () -> session.decode(new int[] {1, 1}));
    }
  }

  private static LoraConfigBuilder config() {
    return LoraConfig.builder().rank(3).alpha(6).initialization(Initialization.RANDOM);
  }

  private static DecoderModel load(String name) {
    return (DecoderModel) HuggingFaceModel.load(MODELS.resolve(name));
  }

  private static CachedSession session(DecoderModel model) {
    return new CachedSession(model.decoder(), model.getNDManager());
  }

  private static void assertNative(CachedSession session) {
    assertEquals(
        "NativeTokenDecoder",
        session.tokenDecoder().orElseThrow().getClass().getSimpleName(),
        "the native path is taken");
  }

  private static float[] assertLogits(LoraModel model, int steps) {
    return assertLogits((DecoderModel) model, steps);
  }

  /** Decodes greedily, each step held against a forward of the whole sequence. */
  private static float[] assertLogits(DecoderModel model, int steps) {
    try (CachedSession session = session(model)) {
      int[] sequence = PROMPT;
      float[] logits = session.prefill(List.of(sequence))[0];
      for (int step = 0; step < steps; step++) {
        int token = argmax(logits);
        sequence = with(sequence, token);
        logits = session.decode(new int[] {token})[0];
        assertArrayEquals(full(model, sequence), logits, 1e-4f, "step " + step);
      }
      assertNative(session);
      return logits;
    }
  }

  private static float[] logitsAlone(DecoderModel model) {
    try (CachedSession session = session(model)) {
      float[] logits = session.prefill(List.of(PROMPT))[0];
      for (int step = 0; step < SHORT; step++) {
        logits = session.decode(new int[] {argmax(logits)})[0];
      }
      return logits;
    }
  }

  private static float[] full(DecoderModel model, int[] sequence) {
    try (CachedSession session = session(model)) {
      return session.prefill(List.of(sequence))[0];
    }
  }

  private static int[] with(int[] sequence, int token) {
    int[] longer = Arrays.copyOf(sequence, sequence.length + 1);
    longer[sequence.length] = token;
    return longer;
  }

  private static double difference(float[] a, float[] b) {
    return IntStream.range(0, a.length).mapToDouble(i -> Math.abs(a[i] - b[i])).max().orElseThrow();
  }

  private static int argmax(float[] logits) {
    int best = 0;
    for (int i = 1; i < logits.length; i++) {
      best = logits[i] > logits[best] ? i : best;
    }
    return best;
  }
}
