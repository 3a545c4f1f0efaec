// SPDX-License-Identifier: Apache-2.0
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
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What comes out of pages, chunk by chunk and row by row, is what each whole sequence gives. */
class PagedDecodingTest {
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
    everySequenceIsAsAlone(name, PagedAttentions::of);
    everySequenceIsAsAlone(name, PagedAttentions::portable);
  }

  private static void everySequenceIsAsAlone(String name, PagedAttentions.Choice attention) {
    try (DecoderModel model = PagedModels.load(RESOURCES.resolve(name));
        PagedDecoder decoder =
            ModulePagedDecoder.of(PagedModels.model(model), PagedModels.OPTIONS, attention)) {
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
        PagedDecoder decoder = PagedModels.paged(model, pageTokens);
        PagedSequence sequence = new PagedSequence(decoder.pool(), "", LONG)) {
      for (int step = 0; step < 8; step++) {
        step(model, decoder, List.of(sequence), 4);
      }
    }
  }

  @Test
  void stepsLeaveNoArrays() {
    try (DecoderModel model = PagedModels.load(MODELS.resolve("bloom"));
        PagedDecoder decoder = PagedModels.paged(model, 4);
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
        PagedDecoder decoder = PagedModels.paged(model, 4);
        PagedSequence sequence = new PagedSequence(decoder.pool(), "", 131)) {
      StepRows rows = new StepRows(List.of(sequence.rows(1)));
      assertThrows(IllegalArgumentException.class, () -> decoder.step(rows));
      assertThrows(
          IllegalArgumentException.class,
          () -> new SequenceRows(new int[] {1}, 4, sequence.table, "", true));
      SequenceRows unknown = new SequenceRows(new int[] {1}, 0, sequence.table, "x", true);
      assertThrows(
          IllegalArgumentException.class, () -> decoder.step(new StepRows(List.of(unknown))));
      assertThrows(
          ConfigurationException.class,
          () -> ModulePagedDecoder.of(PagedModels.model(model), new PoolOptions(8, 4, 64)));
    }
  }

  @Test
  void virtualTokensAreRefused() {
    try (DecoderModel base = PagedModels.load(MODELS.resolve("llama"));
        LoraModel model =
            LoraModel.wrap(base, PrefixTuningConfig.builder().numVirtualTokens(2).build())) {
      assertEquals(List.of("default"), model.activeAdapters());
      assertThrows(ConfigurationException.class, () -> PagedModels.paged(base, 4));
    }
  }
}
