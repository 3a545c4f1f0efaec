// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.paged;

import static io.github.lora4j.djl.paged.PagedModels.MODELS;
import static io.github.lora4j.djl.paged.PagedModels.full;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.AdapterException;
import io.github.lora4j.Bias;
import io.github.lora4j.LoraConfig;
import io.github.lora4j.LoraModel;
import io.github.lora4j.djl.model.DecoderModel;
import io.github.lora4j.djl.model.LiveArrays;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Rows whose adapters lie in the pool compute what each adapter computes alone. */
class PagedAdaptersTest {
  private static final Path LLAMA = MODELS.resolve("llama");

  @TempDir Path directory;
  private DecoderModel base;
  private PagedDecoder decoder;

  @BeforeEach
  void open() {
    base = PagedModels.load(LLAMA);
    decoder = PagedModels.paged(base, 4);
  }

  @AfterEach
  void close() {
    decoder.close();
    base.close();
  }

  private static Path adapter(String name) {
    return LLAMA.resolve("adapters").resolve(name);
  }

  private void load(String name) {
    PagedModels.load(decoder, name, adapter(name));
  }

  @Test
  void rowsHaveAdaptersOfTheirOwn() {
    List<String> names =
        List.of("all-linear", "", "rslora", "all-linear", "patterns", "embedding", "layer1-only");
    names.stream().filter(n -> !n.isEmpty()).distinct().forEach(this::load);
    List<PagedSequence> sequences =
        IntStream.range(0, names.size())
            .mapToObj(i -> new PagedSequence(decoder.pool(), names.get(i), 5 + i, 17, 59, 3, 42))
            .toList();
    List<float[]> logits = new ArrayList<>();
    for (int step = 0; step < 4; step++) {
      List<SequenceRows> rows = sequences.stream().map(s -> s.rows(3)).toList();
      StepResult result = decoder.step(new StepRows(rows));
      for (int i = 0; i < rows.size() && rows.get(i).wantsLogits(); i++) {
        logits.add(result.logits(i));
        sequences.get(i).append(result.argmax(i));
      }
    }
    assertAsAlone(names, sequences, logits);
  }

  private static void assertAsAlone(
      List<String> names, List<PagedSequence> sequences, List<float[]> logits) {
    try (DecoderModel other = PagedModels.load(LLAMA);
        LoraModel model = LoraModel.load(other, adapter("default"))) {
      names.stream()
          .filter(n -> !n.isEmpty())
          .distinct()
          .forEach(n -> model.loadAdapter(n, adapter(n)));
      for (int i = 0; i < logits.size(); i++) {
        int sequence = i % names.size();
        if (names.get(sequence).isEmpty()) {
          model.disableAdapters();
        } else {
          model.setActiveAdapter(names.get(sequence));
        }
        int[] tokens = sequences.get(sequence).tokens;
        int[] fed = Arrays.copyOf(tokens, 5 + i / names.size());
        float[] alone = full((DecoderModel) model, fed);
        assertArrayEquals(alone, logits.get(i), 1e-4f, names.get(sequence) + " " + fed.length);
      }
    }
    assertEquals(3 * names.size(), logits.size());
  }

  @Test
  void anAdapterComesAndGoesWithoutATrace() {
    load("rslora");
    decoder.adapters().evict("rslora");
    float[] before = logits("");
    int free = decoder.pool().free();
    try (LiveArrays live = new LiveArrays()) {
      load("all-linear");
      assertTrue(decoder.adapters().contains("all-linear"));
      assertEquals(free - decoder.adapters().pages(), decoder.pool().free());
      assertTrue(decoder.adapters().pages() > 0);
      decoder.adapters().evict("all-linear");
      assertEquals(0, live.count());
    }
    assertFalse(decoder.adapters().contains("all-linear"));
    assertEquals(free, decoder.pool().free());
    assertArrayEquals(before, logits(""));
    assertThrows(IllegalStateException.class, () -> decoder.adapters().evict("all-linear"));
    decoder.close();
    assertTrue(base.decoder().modules().stream().allMatch(slot -> slot.lora().isEmpty()));
  }

  private float[] logits(String adapter) {
    try (PagedSequence sequence = new PagedSequence(decoder.pool(), adapter, 5, 17, 59)) {
      return decoder.step(new StepRows(List.of(sequence.rows(9)))).logits(0);
    }
  }

  @Test
  void anEvictedAdapterComesBackElsewhere() {
    load("all-linear");
    float[] first = logits("all-linear");
    decoder.adapters().evict("all-linear");
    load("rslora");
    load("all-linear");
    assertArrayEquals(first, logits("all-linear"), 1e-6f);
  }

  @Test
  void aFullPoolTakesNoFurtherAdapter() {
    ResidentAdapters adapters = decoder.adapters();
    AdapterSheet sheet = adapters.inspect("x", adapter("all-linear"));
    List<AdapterLoading> loadings = new ArrayList<>();
    adapters.reserve(sheet).ifPresent(loadings::add);
    for (int before = 0; before < loadings.size(); ) {
      before = loadings.size();
      adapters.reserve(sheet).ifPresent(loadings::add);
    }
    assertEquals(decoder.pool().pages() / sheet.pages(), loadings.size());
    assertThrows(IllegalStateException.class, () -> adapters.install(loadings.get(0)), "not read");
    loadings.forEach(AdapterLoading::close);
    assertEquals(decoder.pool().pages(), decoder.pool().free());
  }

  @ParameterizedTest
  @CsvSource({
    "dora, use_dora",
    "modules_to_save, modules_to_save",
    "pissa, init_lora_weights",
    "olora, init_lora_weights"
  })
  void whatIsMoreThanTwoFactorsIsRefused(String name, String reason) {
    AdapterException e =
        assertThrows(AdapterException.class, () -> decoder.adapters().inspect(name, adapter(name)));
    assertTrue(String.valueOf(e.getMessage()).contains(reason), e.getMessage());
  }

  @Test
  void biasesOfItsOwnAreRefusedWhereTheBaseHasAny() {
    LoraConfig config =
        LoraConfig.builder().rank(2).targetModules("query_key_value").bias(Bias.ALL).build();
    assertRefused(MODELS.resolve("bloom"), config, "bias ALL");
  }

  @Test
  void rowsOfTokenTablesAreRefused() {
    LoraConfig config =
        LoraConfig.builder().rank(2).targetModules("q_proj").trainableTokenIndices(3, 5).build();
    assertRefused(LLAMA, config, "trainable_token_indices");
  }

  private void assertRefused(Path checkpoint, LoraConfig config, String reason) {
    try (DecoderModel other = PagedModels.load(checkpoint)) {
      try (LoraModel model = LoraModel.wrap(other, config)) {
        model.saveAdapter(directory);
      }
      try (PagedDecoder paged = PagedModels.paged(other, 4)) {
        AdapterException e =
            assertThrows(AdapterException.class, () -> paged.adapters().inspect("x", directory));
        assertTrue(String.valueOf(e.getMessage()).contains(reason), e.getMessage());
      }
    }
  }

  @Test
  void aRankMayBeTooLarge() {
    try (PagedDecoder small =
        ModulePagedDecoder.of(PagedModels.model(base), new PoolOptions(1 << 20, 4, 3))) {
      AdapterException e =
          assertThrows(
              AdapterException.class, () -> small.adapters().inspect("x", adapter("default")));
      assertTrue(String.valueOf(e.getMessage()).contains("rank 4"), e.getMessage());
    }
  }

  @Test
  void anAdapterOfAnotherModelIsRefused() {
    Path other = MODELS.resolve("bloom/adapters/default");
    assertThrows(AdapterException.class, () -> decoder.adapters().inspect("x", other));
  }

  @Test
  void aFileThatIsGoneWhenItIsReadGivesItsPagesBack() throws IOException {
    for (String file : List.of("adapter_config.json", "adapter_model.safetensors")) {
      Files.copy(adapter("default").resolve(file), directory.resolve(file));
    }
    ResidentAdapters adapters = decoder.adapters();
    AdapterSheet sheet = adapters.inspect("x", directory);
    Files.delete(directory.resolve("adapter_model.safetensors"));
    try (LiveArrays live = new LiveArrays();
        AdapterLoading loading = adapters.reserve(sheet).orElseThrow()) {
      assertThrows(AdapterException.class, loading::read);
      assertEquals(0, live.count());
    }
    assertEquals(decoder.pool().pages(), decoder.pool().free());
  }
}
