// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import io.github.lora4j.CheckpointException;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.LoadOptions;
import io.github.lora4j.LoraConfig;
import io.github.lora4j.djl.nn.QuantizedLinear;
import io.github.lora4j.plan.MemoryLimit;
import io.github.lora4j.plan.MemoryNeed;
import io.github.lora4j.plan.MemoryPart;
import io.github.lora4j.plan.MemoryPlan;
import io.github.lora4j.plan.MemoryPlanner;
import io.github.lora4j.plan.PlanOptions;
import io.github.lora4j.quant.Quantization;
import io.github.lora4j.train.GradientCheckpointing;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the planner says of a checkpoint, held against the loaded model. */
class MemoryPlannerTest {
  private static final Path QUANTIZED =
      TinyModels.RESOURCES.resolve("golden/qlora/llama/prequantized");
  private static final LoraConfig ADAPTER = LoraConfig.builder().rank(3).allLinear().build();

  static Stream<Path> checkpoints() {
    return TinyModels.checkpoints();
  }

  private static MemoryNeed need(Path model, LoadOptions loading) {
    PlanOptions options = PlanOptions.builder().loading(loading).adapter(ADAPTER).build();
    return MemoryPlanner.plan(model, options).need();
  }

  private static long planned(Path model, LoadOptions loading) {
    MemoryNeed need = need(model, loading);
    return need.bytes(MemoryPart.WEIGHTS) + need.bytes(MemoryPart.QUANTIZATION_CONSTANTS);
  }

  private static long held(Path checkpoint, LoadOptions loading) {
    try (CheckpointModel model = CheckpointModel.load(checkpoint, loading)) {
      long parameters =
          model.decoder().baseParameters().values().stream()
              .mapToLong(parameter -> parameter.getShape().size())
              .sum();
      return Float.BYTES * parameters
          + model.decoder().quantized().values().stream()
              .map(QuantizedLinear::tensor)
              .mapToLong(tensor -> tensor.sizeInBytes())
              .sum();
    }
  }

  private static LoadOptions quantizing(String name) {
    return LoadOptions.builder().quantization(Quantization.parse(name)).build();
  }

  @ParameterizedTest
  @MethodSource("checkpoints")
  void weightsAreWhatTheLoadedModelHolds(Path checkpoint) {
    LoadOptions loading = LoadOptions.defaults();
    assertEquals(held(checkpoint, loading), planned(checkpoint, loading));
  }

  @ParameterizedTest
  @ValueSource(strings = {"nf4", "nf4-double", "fp4-double-b128", "int8", "int4", "int8-dynamic"})
  void quantizedWeightsAreWhatTheLoadedModelHolds(String quantization) {
    LoadOptions loading = quantizing(quantization);
    for (Path checkpoint : TinyModels.checkpoints().toList()) {
      assertEquals(held(checkpoint, loading), planned(checkpoint, loading), checkpoint::toString);
    }
  }

  @Test
  void aQuantizedCheckpointIsPlannedAsItIs() {
    LoadOptions loading = LoadOptions.defaults();
    assertEquals(held(QUANTIZED, loading), planned(QUANTIZED, loading));
    assertEquals(need(QUANTIZED, loading), need(QUANTIZED.resolve("config.json"), loading));
  }

  @ParameterizedTest
  @MethodSource("checkpoints")
  void adaptersAreWhatTrains(Path checkpoint) {
    try (CheckpointModel base = CheckpointModel.load(checkpoint, LoadOptions.defaults());
        AdaptedModel model = AdaptedModel.wrap(base, ADAPTER)) {
      long trainable = Float.BYTES * model.trainableParameters().trainable();
      MemoryNeed need = need(checkpoint, LoadOptions.defaults());
      assertEquals(trainable, need.bytes(MemoryPart.ADAPTERS));
      assertEquals(trainable, need.bytes(MemoryPart.GRADIENTS));
      assertEquals(2 * trainable, need.bytes(MemoryPart.OPTIMIZER_STATE));
    }
  }

  @ParameterizedTest
  @MethodSource("checkpoints")
  void theConfigurationAloneSuffices(Path checkpoint) {
    LoadOptions loading = LoadOptions.defaults();
    assertEquals(need(checkpoint, loading), need(checkpoint.resolve("config.json"), loading));
  }

  @Test
  void nothingIsLeftBehind() {
    try (LiveArrays arrays = new LiveArrays()) {
      need(TinyModels.LLAMA, LoadOptions.defaults());
      assertEquals(0, arrays.count());
    }
    LiveArrays.assertNoOpenFiles(TinyModels.LLAMA);
  }

  @Test
  void aModelFarLargerThanMemoryIsPlanned(@TempDir Path directory) throws Exception {
    Path config =
        Files.writeString(
            directory.resolve("config.json"),
            """
            {"model_type": "llama", "vocab_size": 32000, "hidden_size": 8192,
             "intermediate_size": 22016, "num_hidden_layers": 80, "num_attention_heads": 64,
             "rms_norm_eps": 1e-5}""");
    PlanOptions options =
        PlanOptions.builder()
            .loading(quantizing("nf4-double"))
            .adapter(LoraConfig.builder().rank(16).allLinear().build())
            .batchSize(1)
            .sequenceLength(64)
            .gradientCheckpointing(GradientCheckpointing.everyLayer())
            .build();
    MemoryPlan plan = MemoryPlanner.plan(config, options, MemoryLimit.of(24L << 30));
    double gibibytes = plan.need().total() / (double) (1 << 30);
    assertTrue(!plan.fits() && gibibytes > 39 && gibibytes < 41, plan::toString);
    // One layer written out: 4 · 8192² + 3 · 8192 · 22016 numbers.
    assertEquals(
        4 * (4L * 8192 * 8192 + 3L * 8192 * 22016),
        plan.need().bytes(MemoryPart.DEQUANTIZED_WEIGHTS));
  }

  @Test
  void theMachineIsTheLimitUnlessOneIsGiven() {
    PlanOptions options = PlanOptions.builder().build();
    MemoryPlan plan = MemoryPlanner.plan(TinyModels.LLAMA, options);
    assertEquals("physical memory", plan.limit().name());
    assertTrue(plan.fits(), plan::toString);
  }

  @Test
  void aGpuThatIsNotThereIsNamed() {
    PlanOptions options =
        PlanOptions.builder().loading(LoadOptions.defaults().withDevice(Device.gpu(63))).build();
    ConfigurationException thrown =
        assertThrows(
            ConfigurationException.class, () -> MemoryPlanner.plan(TinyModels.LLAMA, options));
    assertTrue(String.valueOf(thrown.getMessage()).contains("gpu(63)"), thrown::getMessage);
  }

  @Test
  void optionsThatDoNotFitTheModelAreRefusedAsInLoading() {
    PlanOptions noSuchTarget =
        PlanOptions.builder()
            .adapter(LoraConfig.builder().targetModules("nowhere").build())
            .build();
    assertThrows(
        ConfigurationException.class, () -> MemoryPlanner.plan(TinyModels.LLAMA, noSuchTarget));
    LoadOptions other = quantizing("int8");
    assertThrows(ConfigurationException.class, () -> need(QUANTIZED, other));
    LoadOptions keeping =
        LoadOptions.builder().quantization(Quantization.nf4()).keepUnquantized("nowhere").build();
    assertThrows(ConfigurationException.class, () -> need(TinyModels.LLAMA, keeping));
    Path nowhere = TinyModels.RESOURCES.resolve("nowhere");
    LoadOptions defaults = LoadOptions.defaults();
    assertThrows(CheckpointException.class, () -> need(nowhere, defaults));
  }
}
