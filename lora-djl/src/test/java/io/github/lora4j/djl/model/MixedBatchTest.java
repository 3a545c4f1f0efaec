// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.github.lora4j.CausalLm;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.Ia3Config;
import io.github.lora4j.LoraException;
import io.github.lora4j.LoraModel;
import io.github.lora4j.djl.format.SafetensorsFile;
import io.github.lora4j.generate.GenerationConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Each row of a batch with an adapter of its own, against PEFT's {@code adapter_names}. */
class MixedBatchTest {
  private static final Path ADAPTERS = TinyModels.LLAMA.resolve("adapters");
  private static final List<String> NAMES =
      List.of("default", "all-linear", LoraModel.BASE, "all-linear", "rslora", "patterns");

  private CheckpointModel base;
  private LoraModel model;
  private NDManager scope;
  private SafetensorsFile golden;

  @BeforeEach
  void load() {
    base = TinyModels.load(TinyModels.LLAMA);
    model = LoraModel.load(base, ADAPTERS.resolve("default"));
    for (String name : List.of("all-linear", "rslora", "patterns")) {
      model.loadAdapter(name, ADAPTERS.resolve(name));
    }
    scope = base.getNDManager().newSubManager();
    golden = SafetensorsFile.open(TinyModels.RESOURCES.resolve("mixed/llama.safetensors"));
  }

  @AfterEach
  void close() {
    golden.close();
    scope.close();
    model.close();
    base.close();
  }

  private NDList batch() {
    return new NDList(longs("input_ids"), longs("attention_mask"));
  }

  private NDArray longs(String name) {
    return golden.tensor(name).toNDArray(scope);
  }

  private float[] floats(String name) {
    return golden.tensor(name).toFloat32(scope).toFloatArray();
  }

  /** Logits where the mask is 1; PEFT's are of no use elsewhere. */
  private float[] unmasked(float[] logits) {
    long[] mask = longs("attention_mask").toLongArray();
    int width = logits.length / mask.length;
    float[] kept = new float[logits.length];
    int count = 0;
    for (int cell = 0; cell < mask.length; cell++) {
      if (mask[cell] == 1) {
        System.arraycopy(logits, cell * width, kept, count, width);
        count += width;
      }
    }
    return Arrays.copyOf(kept, count);
  }

  private float[] logits(CausalLm of) {
    return unmasked(TinyModels.forward(of, scope, batch()).toFloatArray());
  }

  @Test
  void aMixedBatchIsPeftsMixedBatch() {
    try (CausalLm mixed = model.forAdapters(NAMES)) {
      float[] expected = unmasked(floats("logits"));
      assertEquals(0, TinyModels.maxDifference(expected, logits(mixed)), 1e-5);
    }
  }

  @Test
  void activeAdaptersAreAddedAsPeftAddsThem() {
    model.setActiveAdapters("default", "all-linear", "rslora");
    assertEquals(List.of("default", "all-linear", "rslora"), model.activeAdapters());
    float[] expected = unmasked(floats("sum_logits"));
    assertEquals(0, TinyModels.maxDifference(expected, logits(model)), 1e-5);
    float[] beside = logits(model);
    model.merge();
    assertEquals(0, TinyModels.maxDifference(beside, logits(model)), 1e-5);
    model.unmerge();
    assertArrayEquals(beside, logits(model));
  }

  @Test
  void aMixedBatchGeneratesAsPefts() {
    long[] ids = longs("input_ids").toLongArray();
    long[] mask = longs("attention_mask").toLongArray();
    long[] expected = longs("generated").toLongArray();
    int columns = ids.length / NAMES.size();
    int all = expected.length / NAMES.size();
    List<int[]> prompts = new ArrayList<>();
    for (int row = 0; row < NAMES.size(); row++) {
      int first = row * columns;
      prompts.add(
          IntStream.range(first, first + columns)
              .filter(cell -> mask[cell] == 1)
              .map(cell -> Math.toIntExact(ids[cell]))
              .toArray());
    }
    GenerationConfig config =
        GenerationConfig.builder().maxNewTokens(all - columns).ignoreEndOfSequence(true).build();
    try (CausalLm mixed = model.forAdapters(NAMES)) {
      List<int[]> generated = mixed.generateTokens(prompts, config);
      for (int row = 0; row < NAMES.size(); row++) {
        long[] tokens = Arrays.copyOfRange(expected, row * all + columns, (row + 1) * all);
        assertArrayEquals(
            Arrays.stream(tokens).mapToInt(Math::toIntExact).toArray(), generated.get(row));
      }
    }
  }

  @Test
  void aRowComputesWhatItsAdapterComputesAlone() {
    float[] together;
    try (CausalLm mixed = model.forAdapters(NAMES)) {
      together = TinyModels.forward(mixed, scope, batch()).toFloatArray();
    }
    int row = together.length / NAMES.size();
    for (int i = 0; i < NAMES.size(); i++) {
      if (NAMES.get(i).equals(LoraModel.BASE)) {
        model.disableAdapters();
      } else {
        model.setActiveAdapter(NAMES.get(i));
      }
      float[] alone = TinyModels.forward(model, scope, batch()).toFloatArray();
      float[] own = Arrays.copyOfRange(alone, i * row, (i + 1) * row);
      float[] mixed = Arrays.copyOfRange(together, i * row, (i + 1) * row);
      assertEquals(0, TinyModels.maxDifference(own, mixed), 3e-6, NAMES.get(i));
    }
  }

  /** A sequence that ends early leaves; the others keep their adapters. */
  @Test
  void sequencesKeepTheirAdaptersWhenOthersEnd() {
    List<int[]> prompts = List.of(new int[] {5, 9, 11}, new int[] {7, 30}, new int[] {8, 4, 60});
    List<String> names = List.of("all-linear", LoraModel.BASE, "rslora");
    GenerationConfig config =
        GenerationConfig.builder().maxNewTokens(8).ignoreEndOfSequence(true).build();
    try (CausalLm mixed = model.forAdapters(names)) {
      List<int[]> endless = mixed.generateTokens(prompts, config);
      GenerationConfig ending =
          GenerationConfig.builder()
              .maxNewTokens(config.maxNewTokens())
              .endOfSequenceIds(endless.get(0)[1])
              .build();
      List<int[]> ended = mixed.generateTokens(prompts, ending);
      assertTrue(ended.get(0).length < 8);
      for (int i = 0; i < names.size(); i++) {
        int[] expected = Arrays.copyOf(endless.get(i), ended.get(i).length);
        assertArrayEquals(expected, ended.get(i), names.get(i));
      }
    }
  }

  @Test
  void nothingIsLeftBehind() {
    try (CausalLm mixed = model.forAdapters(NAMES)) {
      try (NDManager first = scope.newSubManager()) {
        TinyModels.forward(mixed, first, new NDList(batch())); // compiles the operators
      }
      try (LiveArrays live = new LiveArrays();
          NDManager work = base.getNDManager().newSubManager()) {
        NDList batch = TinyModels.batch(work);
        try (CausalLm two = model.forAdapters(List.of("rslora", LoraModel.BASE))) {
          TinyModels.forward(two, work, batch).close();
        }
        batch.close();
        assertEquals(0, live.count());
        assertTrue(live.made() > 10);
      }
    }
  }

  @Test
  void whatCannotBeMixedIsRefused() {
    refused("no adapter \"x\"", () -> model.forAdapters(List.of("x")));
    model.addAdapter("scales", Ia3Config.builder().build());
    refused("whole batches", () -> model.forAdapters(List.of("scales")));
    refused(
        "two rows of adapters",
        "given for 2 rows, found 6",
        () -> {
          try (CausalLm mixed = model.forAdapters(List.of("default", "rslora"))) {
            logits(mixed);
          }
        });
    refused(
        "one prompt too many",
        "found 1 prompts",
        () -> {
          try (CausalLm mixed = model.forAdapters(List.of("default", "rslora"))) {
            mixed.generateTokens(List.of(new int[] {1}), GenerationConfig.greedy());
          }
        });
    model.setActiveAdapter("scales");
    refused("whole batches", () -> model.forAdapters(List.of("default")));
    model.setActiveAdapter("default");
    model.merge();
    assertThrows(IllegalStateException.class, () -> model.forAdapters(List.of("default")));
  }

  private static void refused(String part, Runnable call) {
    refused(part, part, call);
  }

  private static void refused(String what, String part, Runnable call) {
    LoraException e = assertThrows(ConfigurationException.class, call::run, what);
    assertTrue(String.valueOf(e.getMessage()).contains(part), e.getMessage());
  }
}
