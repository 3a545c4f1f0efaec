// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.verify;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.CheckpointException;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.djl.format.SafetensorsFile;
import io.github.lora4j.djl.format.SafetensorsWriter;
import io.github.lora4j.djl.format.TensorEntry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ParityCheckTest {
  private static final Path MODEL = Path.of("src/test/resources/golden/models/llama");
  private static final Path IO = MODEL.resolve("io.safetensors");
  private static final Path ADAPTER = MODEL.resolve("adapters/default");

  @TempDir private Path directory;
  private NDManager manager;
  private Map<String, NDArray> tensors;

  @BeforeEach
  void readTheReference() {
    manager = NDManager.newBaseManager();
    tensors = new LinkedHashMap<>();
    try (SafetensorsFile file = SafetensorsFile.open(IO)) {
      file.names().forEach(name -> tensors.put(name, file.tensor(name).toNDArray(manager)));
    }
  }

  @AfterEach
  void closeTheArrays() {
    manager.close();
  }

  private Path written() {
    Path path = directory.resolve("reference.safetensors");
    List<TensorEntry> entries = new ArrayList<>();
    tensors.forEach((name, array) -> entries.add(TensorEntry.of(name, array)));
    SafetensorsWriter.write(path, entries);
    return path;
  }

  private TensorParity base(String name) {
    return find(ParityCheck.run(ParityOptions.of(MODEL, Optional.empty(), written())), name);
  }

  private TensorParity adapted(Path adapter, String name) {
    ParityOptions options = ParityOptions.of(MODEL, Optional.of(adapter), written());
    return find(ParityCheck.run(options), name);
  }

  private static TensorParity find(List<TensorParity> results, String name) {
    return results.stream().filter(r -> r.name().equals(name)).findFirst().orElseThrow();
  }

  private static void assertUnchecked(TensorParity result, String remark) {
    assertFalse(result.ok());
    assertTrue(Double.isNaN(result.maxAbsDiff()));
    assertTrue(result.toString().contains(remark), result::toString);
  }

  @Test
  void aTamperedElementIsFoundAndItsDistanceReported() {
    tensors.put("loss", tensors.get("loss").add(0.25f));
    assertEquals(0.25, base("loss").maxAbsDiff(), 1e-5);
    assertFalse(base("loss").ok());
    assertTrue(base("logits").ok());
  }

  @Test
  void anElementUnderPaddingDoesNotCount() {
    tensors.get("logits").set(new NDIndex("1, 0, 0"), 1e6f);
    assertTrue(base("logits").ok());
    tensors.get("logits").set(new NDIndex("1, 10, 0"), 1e6f);
    assertFalse(base("logits").ok());
  }

  @Test
  void aNanFailsHoweverLargeTheTolerance() {
    tensors.get("logits").set(new NDIndex("0, 0, 0"), Float.NaN);
    ParityOptions options =
        ParityOptions.of(MODEL, Optional.empty(), written()).withTolerance(1e30);
    TensorParity logits = find(ParityCheck.run(options), "logits");
    assertTrue(Double.isNaN(logits.maxAbsDiff()));
    assertFalse(logits.ok());
  }

  @Test
  void anotherShapeFails() {
    tensors.put("logits", tensors.get("logits").reshape(2, 131, 11));
    assertUnchecked(base("logits"), "has shape (2, 131, 11), computed was (2, 11, 131)");
    tensors.put("generated", tensors.get("generated").reshape(27, 2));
    assertUnchecked(base("generated"), "expected (2, more than 11)");
  }

  @Test
  void anotherTypeFails() {
    tensors.put("loss", manager.create(4L));
    assertUnchecked(base("loss"), "has type I64");
    tensors.put("generated", tensors.get("generated").toType(DataType.FLOAT32, false));
    assertUnchecked(base("generated"), "has type F32");
  }

  @Test
  void oneWrongTokenFailsAndSoDoesAnotherPrompt() {
    NDArray generated = tensors.get("generated").duplicate();
    tensors.get("generated").set(new NDIndex("1, 26"), 130L);
    assertFalse(base("generated").ok());
    tensors.put("generated", generated);
    assertTrue(base("generated").ok());
    generated.set(new NDIndex("0, 0"), 130L);
    assertFalse(base("generated").ok());
  }

  @Test
  void anUnknownNameFailsByName() {
    tensors.put("hidden_states", manager.create(1f));
    assertUnchecked(base("hidden_states"), "no quantity of this name is known");
  }

  @Test
  void baseQuantitiesAreThoseOfTheModelWithAndWithoutAnAdapter() {
    tensors.put("base_logits", tensors.remove("logits"));
    tensors.put("base_loss", tensors.remove("loss"));
    assertTrue(base("base_logits").ok());
    assertTrue(base("base_loss").ok());
    assertTrue(adapted(ADAPTER, "base_logits").ok());
    assertTrue(adapted(ADAPTER, "base_loss").ok());
  }

  @Test
  void withoutAMaskEveryTokenCounts() {
    NDArray row = tensors.get("input_ids").get("0:1");
    NDArray logits = tensors.get("logits").get("0:1");
    tensors.clear();
    tensors.put("input_ids", row);
    tensors.put("logits", logits);
    assertTrue(base("logits").ok());
  }

  @Test
  void whatNeedsAnAdapterOrLabelsOrStepsSaysSo() {
    String gradient = "grad.base_model.model.model.layers.0.self_attn.q_proj.lora_A.default.weight";
    tensors.put(gradient, manager.create(1f));
    tensors.put("merged_logits", manager.create(1f));
    assertUnchecked(base(gradient), "needs an adapter");
    assertUnchecked(base("merged_logits"), "needs an adapter");
    assertUnchecked(adapted(ADAPTER, gradient), "has shape (), computed was (4, 48)");
    tensors.put("final.x", manager.create(1f));
    assertUnchecked(adapted(ADAPTER, "final.x"), "needs train_losses");
    tensors.put("grad.x", manager.create(1f));
    assertUnchecked(adapted(ADAPTER, "grad.x"), "no parameter of the adapter");
    tensors.remove("labels");
    assertUnchecked(adapted(ADAPTER, gradient), "needs labels");
    assertUnchecked(base("loss"), "needs labels");
  }

  @Test
  void gradientsAreComparedWithoutDropout() throws IOException {
    Path adapter = Files.createDirectory(directory.resolve("adapter"));
    String weights = "adapter_model.safetensors";
    Files.copy(ADAPTER.resolve(weights), adapter.resolve(weights));
    String config = Files.readString(ADAPTER.resolve("adapter_config.json"));
    String dropping = config.replaceFirst("\"lora_dropout\": 0(\\.0)?", "\"lora_dropout\": 0.5");
    assertFalse(config.equals(dropping));
    Files.writeString(adapter.resolve("adapter_config.json"), dropping);
    ParityOptions options =
        ParityOptions.of(MODEL, Optional.of(adapter), ADAPTER.resolve("io.safetensors"))
            .withInputs(IO);
    assertTrue(ParityCheck.run(options).stream().allMatch(TensorParity::ok));
  }

  @Test
  void aReferenceWithNothingToCompareIsRefused() {
    tensors.keySet().removeAll(List.of("logits", "loss", "generated"));
    assertThrows(CheckpointException.class, () -> base("logits"));
  }

  @Test
  void inputsThatDoNotFitEachOtherAreRefused() {
    tensors.put("attention_mask", manager.ones(new Shape(2, 10)));
    assertThrows(CheckpointException.class, () -> base("logits"));
    tensors.remove("input_ids");
    assertThrows(CheckpointException.class, () -> base("logits"));
  }

  @Test
  void optionsRefuseWhatIsNoTolerance() {
    ParityOptions options = ParityOptions.of(MODEL, Optional.empty(), IO);
    assertThrows(ConfigurationException.class, () -> options.withTolerance(-1));
    assertThrows(ConfigurationException.class, () -> options.withTolerance(Double.NaN));
    assertThrows(ConfigurationException.class, () -> options.withAdamW(-1, 0));
  }
}
