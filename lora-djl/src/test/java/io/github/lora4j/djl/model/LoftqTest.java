// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.github.lora4j.HuggingFaceModel;
import io.github.lora4j.Initialization;
import io.github.lora4j.LoadOptions;
import io.github.lora4j.LoraAdapter;
import io.github.lora4j.LoraConfig;
import io.github.lora4j.LoraConfigBuilder;
import io.github.lora4j.LoraException;
import io.github.lora4j.LoraModel;
import io.github.lora4j.djl.format.SafetensorsFile;
import io.github.lora4j.djl.nn.ModuleSlot;
import io.github.lora4j.djl.nn.QuantizedLinear;
import io.github.lora4j.quant.Quantization;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Adapters that start as what quantisation took off, against PEFT's own algorithm. */
class LoftqTest {
  private static final Path PREQUANTIZED =
      TinyModels.RESOURCES.resolve("golden/qlora/llama/prequantized");

  @TempDir private Path directory;

  private static CheckpointModel quantized(Quantization how) {
    LoadOptions options = LoadOptions.builder().quantization(how).build();
    return (CheckpointModel) HuggingFaceModel.load(TinyModels.LLAMA, options);
  }

  private static CheckpointModel nf4() {
    return quantized(Quantization.nf4().doubleQuantization());
  }

  private static LoraConfigBuilder loftq() {
    return LoraConfig.builder()
        .rank(4)
        .alpha(4)
        .targetModules("q_proj", "v_proj", "down_proj")
        .initialization(Initialization.LOFTQ);
  }

  @ParameterizedTest
  @ValueSource(ints = {4, 16})
  void theFactorsArePefts(int alpha) {
    try (CheckpointModel base = nf4();
        LoraModel model = LoraModel.wrap(base, loftq().alpha(alpha).build());
        SafetensorsFile peft =
            SafetensorsFile.open(TinyModels.RESOURCES.resolve("loftq/llama.safetensors"))) {
      int compared = 0;
      for (ModuleSlot slot : base.decoder().modules()) {
        if (slot.lora().isPresent()) {
          LoraAdapter factors = slot.lora().get().adapters().get("default");
          float[] expected = peft.tensor(slot.name() + ".product").toFloatArray();
          try (NDArray product = factors.delta(base.getNDManager())) {
            assertArrayEquals(expected, product.toFloatArray(), 1e-6f, slot.name());
          }
          compared++;
        }
      }
      assertEquals(6, compared);
    }
  }

  @ParameterizedTest
  @CsvSource({"nf4, 4", "nf4-double, 4", "fp4, 4", "int4, 4", "int8, 8"})
  void theErrorOfEachModuleFalls(String format, int bits) {
    LoraConfig config = loftq().initialization(Initialization.loftq(bits, 1)).build();
    try (CheckpointModel original = TinyModels.load(TinyModels.LLAMA);
        CheckpointModel base = quantized(Quantization.parse(format));
        LoraModel model = LoraModel.wrap(base, config);
        NDManager scope = base.getNDManager().newSubManager()) {
      for (ModuleSlot slot : base.decoder().modules()) {
        if (slot.lora().isPresent()) {
          NDArray w =
              original.decoder().module(slot.name()).base().getParameters().valueAt(0).getArray();
          NDArray error = scope.create(w.toFloatArray(), w.getShape());
          error.subi(((QuantizedLinear) slot.base()).weightIn(scope));
          float plain = error.norm().getFloat();
          LoraAdapter factors = slot.lora().get().adapters().get("default");
          float corrected = error.sub(factors.delta(scope)).norm().getFloat();
          assertTrue(corrected < 0.93 * plain, slot.name() + ": " + corrected + " of " + plain);
        }
      }
    }
  }

  @Test
  void theModelStartsCloserToTheOriginal() {
    float[] expected;
    try (CheckpointModel original = TinyModels.load(TinyModels.LLAMA)) {
      expected = TinyModels.logits(original);
    }
    try (CheckpointModel base = nf4()) {
      double plain = distance(expected, TinyModels.logits(base));
      LoraConfig config = loftq().rank(12).alpha(24).allLinear().build();
      try (LoraModel model = LoraModel.wrap(base, config)) {
        assertTrue(distance(expected, TinyModels.logits(model)) < 0.8 * plain);
      }
      assertEquals(plain, distance(expected, TinyModels.logits(base)));
    }
  }

  private static double distance(float[] a, float[] b) {
    double squares = 0;
    for (int i = 0; i < a.length; i++) {
      squares += ((double) a[i] - b[i]) * ((double) a[i] - b[i]);
    }
    return Math.sqrt(squares);
  }

  @Test
  void aSavedOneIsLoadedOverAnyBase() {
    float[] expected;
    try (CheckpointModel base = nf4();
        LoraModel model = LoraModel.wrap(base, loftq().build())) {
      expected = TinyModels.logits(model);
      model.saveAdapter(directory);
    }
    try (CheckpointModel base = nf4();
        LoraModel model = LoraModel.load(base, directory)) {
      assertArrayEquals(expected, TinyModels.logits(model));
      assertEquals(loftq().build().initialization(), config(model).initialization());
    }
    try (CheckpointModel base = TinyModels.load(TinyModels.LLAMA);
        LoraModel model = LoraModel.load(base, directory)) {
      assertTrue(TinyModels.maxDifference(expected, TinyModels.logits(model)) > 1e-3);
    }
  }

  private static LoraConfig config(LoraModel model) {
    return (LoraConfig) model.adapters().get("default");
  }

  @Test
  void nothingIsLeftBehindAndNoFileOpen() {
    try (CheckpointModel base = nf4()) {
      LoraModel.wrap(base, loftq().build()).close(); // compiles the operators
      try (LiveArrays live = new LiveArrays()) {
        LoraModel.wrap(base, loftq().build()).close();
        assertEquals(0, live.count());
        assertTrue(live.made() > 10);
      }
      LiveArrays.assertNoOpenFiles(TinyModels.LLAMA);
    }
  }

  @Test
  void whatCannotBeIsRefusedAndNothingStays() {
    try (CheckpointModel base = TinyModels.load(TinyModels.LLAMA)) {
      refused(base, loftq().build(), "q_proj\" is not quantised, expected a weight quantised to 4");
    }
    try (CheckpointModel base = nf4()) {
      LoraConfig eight = loftq().initialization(Initialization.loftq(8, 1)).build();
      refused(base, eight, "quantised to 8 bits");
      LoraConfig twice = loftq().initialization(Initialization.loftq(4, 2)).build();
      refused(base, twice, "loftq_iter: more than one iteration");
      refused(base, loftq().targetModules("embed_tokens").build(), "works on linear modules");
    }
    try (CheckpointModel base = TinyModels.load(PREQUANTIZED)) {
      refused(base, loftq().build(), "is quantised in the checkpoint itself");
    }
  }

  private static void refused(CheckpointModel base, LoraConfig config, String part) {
    float[] before = TinyModels.logits(base);
    LoraException e = assertThrows(LoraException.class, () -> LoraModel.wrap(base, config));
    assertTrue(e.getMessage().contains(part), e.getMessage());
    assertArrayEquals(before, TinyModels.logits(base));
  }
}
