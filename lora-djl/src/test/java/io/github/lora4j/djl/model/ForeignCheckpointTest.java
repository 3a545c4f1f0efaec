// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.lora4j.CausalLm;
import io.github.lora4j.CheckpointException;
import io.github.lora4j.HuggingFaceModel;
import io.github.lora4j.LoadOptions;
import io.github.lora4j.LoraConfig;
import io.github.lora4j.LoraException;
import io.github.lora4j.LoraModel;
import io.github.lora4j.MergeReport;
import io.github.lora4j.djl.format.HuggingFaceConfig;
import io.github.lora4j.djl.format.SafetensorsFile;
import io.github.lora4j.djl.format.StoredType;
import io.github.lora4j.djl.format.TensorEntry;
import io.github.lora4j.plan.MemoryPlanner;
import io.github.lora4j.plan.PlanOptions;
import io.github.lora4j.quant.Quantization;
import io.github.lora4j.train.TrainableModules;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What can be done with a checkpoint that GPTQ or AWQ quantised, and what is refused. */
class ForeignCheckpointTest {
  private static final Path FOREIGN = TinyModels.RESOURCES.resolve("foreign");
  private static final Path GPTQ = FOREIGN.resolve("gptq-desc-act");
  private static final Path AWQ = FOREIGN.resolve("awq");
  private static final String MODULE = "model.layers.1.mlp.down_proj";

  @TempDir private Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"gptq-desc-act", "awq"})
  void nothingIsWrittenInItsFormat(String name) {
    try (CausalLm base = HuggingFaceModel.load(FOREIGN.resolve(name));
        LoraModel model = LoraModel.wrap(base, TinyModels.random().allLinear().build())) {
      float[] before = TinyModels.logits(model);
      String method = name.substring(0, 3);
      refused(model::merge, "merge", method, "saveMerged(original, directory)");
      refused(model::mergeAndUnload, "merge", method);
      refused(() -> model.saveQuantized(directory), "saveQuantized", method);
      assertEquals(0, TinyModels.maxDifference(before, TinyModels.logits(model)));
    }
  }

  @Test
  void itsWeightsDoNotTrain() {
    try (CausalLm base = HuggingFaceModel.load(GPTQ)) {
      refused(() -> base.train(TrainableModules.all()), "gptq", "LoraModel.wrap");
    }
  }

  private static void refused(Runnable call, String... named) {
    LoraException e = assertThrows(LoraException.class, call::run);
    for (String name : named) {
      assertTrue(e.getMessage().contains(name), e.getMessage());
    }
  }

  @Test
  void anAdapterTrainedOverItIsMergedIntoTheOriginal() {
    try (CausalLm base = HuggingFaceModel.load(GPTQ);
        LoraModel model = LoraModel.wrap(base, TinyModels.random("down_proj").build())) {
      MergeReport report = model.saveMerged(TinyModels.LLAMA, directory);
      assertEquals(2, report.weights().size());
    }
    HuggingFaceModel.load(directory).close();
  }

  @Test
  void itIsSavedInFloat32WithTheAdapterInIt() {
    try (CausalLm base = HuggingFaceModel.load(AWQ);
        LoraModel model = LoraModel.wrap(base, TinyModels.random("down_proj").build())) {
      model.saveMerged(directory);
      try (CausalLm merged = HuggingFaceModel.load(directory)) {
        double difference =
            TinyModels.maxDifference(TinyModels.logits(model), TinyModels.logits(merged));
        assertTrue(difference < 1e-5, () -> "differs by " + difference);
      }
    }
  }

  @Test
  void anotherQuantizationIsRefused() {
    LoadOptions nf4 = LoadOptions.builder().quantization(Quantization.nf4()).build();
    refused(() -> HuggingFaceModel.load(GPTQ, nf4), "nf4", "gptq");
  }

  @Test
  void itsMemoryIsNotPlanned() {
    PlanOptions options =
        PlanOptions.builder().adapter(LoraConfig.builder().allLinear().build()).build();
    refused(() -> MemoryPlanner.plan(GPTQ, options), "gptq", "nf4");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "gptq-desc-act | bits | 8 | bits",
        "gptq-desc-act | bits | null | bits",
        "gptq-desc-act | group_size | 0 | group_size",
        "gptq-desc-act | group_size | 64 | qzeros",
        "gptq-desc-act | checkpoint_format | \"marlin\" | marlin",
        "gptq-desc-act | is_marlin_format | true | marlin",
        "gptq-desc-act | quant_method | \"hqq\" | hqq",
        "gptq-desc-act | quant_method | \"awq\" | qweight",
        "gptq-one-group | desc_act | true | g_idx",
        "awq | version | \"gemv\" | gemv",
        "awq | zero_point | false | zero_point",
        "awq | bits | 3 | bits",
        "awq | quant_method | \"gptq\" | qweight"
      })
  void settingsThatAreNotSupportedAreNamed(String name, String field, String value, String named)
      throws IOException {
    Path source = FOREIGN.resolve(name);
    CheckpointCopy copy = CheckpointCopy.of(source, directory.resolve("copy"));
    JsonObject settings = HuggingFaceConfig.read(source).json();
    JsonObject quantization = settings.getAsJsonObject("quantization_config");
    quantization.add(field, JsonParser.parseString(value));
    copy.set("config.json", "quantization_config", quantization.toString());
    assertRefused(copy, named);
  }

  @ParameterizedTest
  @ValueSource(strings = {".qweight", ".qzeros", ".scales", ".g_idx"})
  void aMissingPartIsNamed(String part) throws IOException {
    assertRefused(damaged(tensors -> tensors.remove(MODULE + part)), MODULE);
  }

  @ParameterizedTest
  @ValueSource(strings = {".qweight", ".qzeros", ".scales", ".g_idx"})
  void aPartOfAnotherShapeOrTypeIsNamed(String part) throws IOException {
    String name = MODULE + part;
    assertRefused(damaged(t -> t.put(name, CheckpointCopy.zeros(name, 3, 5))), name);
    long[] shape = shapeOf(name).getShape();
    boolean scales = part.equals(".scales");
    DataType other = scales ? DataType.INT32 : DataType.FLOAT32;
    assertRefused(damaged(t -> t.put(name, filled(name, other, 0, shape))), name);
  }

  @ParameterizedTest
  @ValueSource(floats = {Float.NaN, Float.NEGATIVE_INFINITY})
  void aScaleThatIsNotFiniteIsNamed(float value) throws IOException {
    String name = MODULE + ".scales";
    long[] shape = shapeOf(name).getShape();
    assertRefused(damaged(t -> t.put(name, filled(name, DataType.FLOAT32, value, shape))), name);
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 3, Integer.MAX_VALUE})
  void aGroupThatIsNoneIsNamed(int group) throws IOException {
    String name = MODULE + ".g_idx";
    long[] shape = shapeOf(name).getShape();
    assertRefused(damaged(t -> t.put(name, filled(name, DataType.INT32, group, shape))), name);
  }

  @Test
  void aBiasThatIsNotZeroIsNotLeftOut() throws IOException {
    String name = MODULE + ".bias";
    assertRefused(damaged(t -> t.put(name, filled(name, DataType.FLOAT32, 1, 48))), name);
  }

  private static Shape shapeOf(String name) {
    try (SafetensorsFile file = SafetensorsFile.open(GPTQ.resolve("model.safetensors"))) {
      return file.tensor(name).shape();
    }
  }

  private static TensorEntry filled(String name, DataType type, float value, long... shape) {
    Shape dimensions = new Shape(shape);
    NDManager manager = NDManager.newBaseManager("PyTorch");
    StoredType stored = StoredType.of(type).orElseThrow();
    return TensorEntry.computed(
        name,
        dimensions,
        stored,
        () -> {
          if (type == DataType.INT32) {
            int[] values = new int[(int) dimensions.size()];
            Arrays.fill(values, value > 3 ? Integer.MAX_VALUE : (int) value);
            return manager.create(values, dimensions);
          }
          float[] values = new float[(int) dimensions.size()];
          Arrays.fill(values, value);
          return manager.create(values, dimensions);
        });
  }

  private CheckpointCopy damaged(Consumer<Map<String, TensorEntry>> change) throws IOException {
    CheckpointCopy copy = CheckpointCopy.of(GPTQ, directory.resolve("copy" + System.nanoTime()));
    copy.tensors("model.safetensors", change);
    return copy;
  }

  private static void assertRefused(CheckpointCopy copy, String named) {
    try (LiveArrays live = new LiveArrays()) {
      LoraException e =
          assertThrows(CheckpointException.class, () -> HuggingFaceModel.load(copy.directory()));
      assertTrue(e.getMessage().contains(named), e.getMessage());
      assertEquals(0, live.count());
    }
    LiveArrays.assertNoOpenFiles(copy.directory());
  }
}
