package io.github.lora4j.djl.paged;

import static io.github.lora4j.djl.paged.PagedModels.MODELS;
import static io.github.lora4j.djl.paged.PagedModels.RESOURCES;
import static io.github.lora4j.djl.paged.PagedModels.full;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.ConfigurationException;
import io.github.lora4j.LoraModel;
import io.github.lora4j.PrefixTuningConfig;
import io.github.lora4j.djl.model.DecoderModel;
import io.github.lora4j.djl.model.LiveArrays;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What comes out of pages, chunk by chunk and row by row, is what each whole sequence gives. */
class PagedDecodingTest {
  private static final long POOL = 1 << 20;
  private static final int[] LONG = {5, 17, 59, 3, 42, 8, 47, 12, 30, 9, 4, 60, 23};

  @ParameterizedTest
  @ValueSource(
      strings = {
        "golden/models/bloom",
        "golden/models/falcon",
        "golden/models/gemma2",
        "golden/models/gpt2",
        "golden/models/gpt_neox",
        "golden/models/llama",
        "golden/models/mistral",
        "golden/models/opt",
        "golden/models/phi3",
        "golden/models/qwen2",
        "golden/models/qwen3",
        "samples/falcon-new",
        "samples/falcon-rw",
        "samples/gptj",
        "samples/mpt-clipped"
      })
  void everySequenceIsAsAlone(String name) {
    try (DecoderModel model = PagedModels.load(RESOURCES.resolve(name));
        PagedDecoder decoder =
            ModulePagedDecoder.of(model.decoder(), model.getNDManager(), POOL, 4)) {
      List<PagedSequence> sequences = new ArrayList<>();
      sequences.add(new PagedSequence(decoder.pool(), "", LONG));
      sequences.add(new PagedSequence(decoder.pool(), "", 7));
      sequences.add(new PagedSequence(decoder.pool(), "", 9, 9, 10, 54));
      for (int step = 0; step < 12; step++) {
        if (step == 3) {
          sequences.add(new PagedSequence(decoder.pool(), "", 1, 2, 3, 4, 5));
        }
        if (step == 8) {
          sequences.remove(1).close();
        }
        step(model, decoder, sequences, 5);
      }
      sequences.forEach(PagedSequence::close);
      assertEquals(decoder.pool().pages(), decoder.pool().free());
    }
  }

  private static void step(
      DecoderModel model, PagedDecoder decoder, List<PagedSequence> sequences, int chunk) {
    List<SequenceRows> rows = sequences.stream().map(s -> s.rows(chunk)).toList();
    StepResult result = decoder.step(new StepRows(rows));
    for (int i = 0; i < rows.size(); i++) {
      PagedSequence sequence = sequences.get(i);
      if (rows.get(i).wantsLogits()) {
        float[] logits = result.logits(i);
        assertArrayEquals(full(model, sequence.tokens), logits, 1e-4f, "sequence " + i);
        assertEquals(PagedModels.argmax(logits), result.argmax(i));
        sequence.append(result.argmax(i));
      } else {
        int index = i;
        assertThrows(IllegalStateException.class, () -> result.argmax(index));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 16, 64})
  void pagesMayHaveAnySize(int pageTokens) {
    try (DecoderModel model = PagedModels.load(MODELS.resolve("gemma2"));
        PagedDecoder decoder =
            ModulePagedDecoder.of(model.decoder(), model.getNDManager(), POOL, pageTokens);
        PagedSequence sequence = new PagedSequence(decoder.pool(), "", LONG)) {
      for (int step = 0; step < 8; step++) {
        step(model, decoder, List.of(sequence), 4);
      }
    }
  }

  @Test
  void rowsHaveAdaptersOfTheirOwn() {
    Path llama = MODELS.resolve("llama");
    List<String> names = List.of("all-linear", "", "rslora", "all-linear", "patterns", "embedding");
    try (DecoderModel base = PagedModels.load(llama);
        LoraModel model = LoraModel.load(base, llama.resolve("adapters/default"))) {
      List<String> adapters = names.stream().distinct().filter(n -> !n.isEmpty()).toList();
      adapters.forEach(n -> model.loadAdapter(n, llama.resolve("adapters").resolve(n)));
      model.disableAdapters();
      try (PagedDecoder decoder =
          ModulePagedDecoder.of(base.decoder(), base.getNDManager(), POOL, 4)) {
        List<PagedSequence> sequences =
            IntStream.range(0, names.size())
                .mapToObj(
                    i -> new PagedSequence(decoder.pool(), names.get(i), 5 + i, 17, 59, 3, 42))
                .toList();
        List<float[]> logits = new ArrayList<>();
        for (int step = 0; step < 4; step++) {
          List<SequenceRows> rows = sequences.stream().map(s -> s.rows(3)).toList();
          StepResult result = decoder.step(new StepRows(rows));
          logits.clear();
          for (int i = 0; i < rows.size(); i++) {
            logits.add(rows.get(i).wantsLogits() ? result.logits(i) : new float[0]);
            if (rows.get(i).wantsLogits() && step < 3) {
              sequences.get(i).append(result.argmax(i));
            }
          }
        }
        assertAsAlone(model, names, sequences, logits);
      }
    }
  }

  private static void assertAsAlone(
      LoraModel model, List<String> names, List<PagedSequence> sequences, List<float[]> logits) {
    for (int i = 0; i < names.size(); i++) {
      if (names.get(i).isEmpty()) {
        model.disableAdapters();
      } else {
        model.setActiveAdapter(names.get(i));
      }
      float[] alone = full((DecoderModel) model, sequences.get(i).tokens);
      assertArrayEquals(alone, logits.get(i), 1e-4f, names.get(i));
    }
  }

  @Test
  void stepsLeaveNoArrays() {
    try (DecoderModel model = PagedModels.load(MODELS.resolve("bloom"));
        PagedDecoder decoder =
            ModulePagedDecoder.of(model.decoder(), model.getNDManager(), POOL, 4);
        PagedSequence sequence = new PagedSequence(decoder.pool(), "", LONG)) {
      step(model, decoder, List.of(sequence), 13);
      decoder.step(new StepRows(List.of(sequence.rows(1)))); // compiles the operators
      sequence.append(1);
      try (LiveArrays live = new LiveArrays()) {
        for (int i = 0; i < 5; i++) {
          decoder.step(new StepRows(List.of(sequence.rows(1)))).argmax(0);
          sequence.append(1);
        }
        assertTrue(live.count() <= 1, "the last step's logits alone, found " + live.count());
      }
    }
  }

  @Test
  void whatDoesNotFitIsRefused() {
    try (DecoderModel model = PagedModels.load(MODELS.resolve("llama"));
        PagedDecoder decoder =
            ModulePagedDecoder.of(model.decoder(), model.getNDManager(), POOL, 4);
        PagedSequence sequence = new PagedSequence(decoder.pool(), "", 131)) {
      StepRows rows = new StepRows(List.of(sequence.rows(1)));
      assertThrows(IllegalArgumentException.class, () -> decoder.step(rows));
      assertThrows(
          IllegalArgumentException.class,
          () -> new SequenceRows(new int[] {1}, 4, sequence.table, "", true));
      assertThrows(
          ConfigurationException.class,
          () -> ModulePagedDecoder.of(model.decoder(), model.getNDManager(), 8, 4));
    }
  }

  @Test
  void virtualTokensAreRefused() {
    try (DecoderModel base = PagedModels.load(MODELS.resolve("llama"));
        LoraModel model =
            LoraModel.wrap(base, PrefixTuningConfig.builder().numVirtualTokens(2).build())) {
      assertEquals(List.of("default"), model.activeAdapters());
      assertThrows(
          ConfigurationException.class,
          () -> ModulePagedDecoder.of(base.decoder(), base.getNDManager(), POOL, 4));
    }
  }
}
