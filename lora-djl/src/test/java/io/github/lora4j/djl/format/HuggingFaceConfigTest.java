// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.CheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HuggingFaceConfigTest {
  @TempDir Path directory;

  @Test
  void aGoldenConfigIsReadFromItsDirectory() {
    HuggingFaceConfig config = HuggingFaceConfig.read(Golden.path("models/llama"));
    assertEquals("llama", config.string("model_type"));
    assertEquals(48, config.intValue("hidden_size", "n_embd"));
    assertEquals(48, config.intValue("n_embd", "hidden_size"));
    assertFalse(config.bool("tie_word_embeddings"));
    assertEquals(List.of("LlamaForCausalLM"), config.stringList("architectures"));
    HuggingFaceConfig rope = config.object("rope_parameters").orElseThrow();
    assertEquals("default", rope.string("rope_type"));
    assertEquals(config.json().get("rope_parameters"), rope.json());
  }

  @Test
  void absentAndNullFieldsGiveTheDefault() throws IOException {
    HuggingFaceConfig config = config("{'n': null}");
    assertFalse(config.has("n", "m"));
    assertEquals(7, config.intOr(7, "n"));
    assertEquals(0.5, config.doubleOr(0.5, "n"));
    assertEquals(0.5f, config.floatOr(0.5f, "n"));
    assertTrue(config.boolOr(true, "n"));
    assertEquals("x", config.stringOr("x", "n"));
    assertEquals(OptionalInt.empty(), config.optionalInt("n"));
    assertEquals(OptionalDouble.empty(), config.optionalDouble("n"));
    assertEquals(Optional.empty(), config.optionalString("n"));
    assertTrue(config.object("n").isEmpty());
    assertEquals(List.of(), config.intList("n"));
  }

  @Test
  void presentFieldsAreReadByTheirType() throws IOException {
    HuggingFaceConfig config =
        config("{'i': 48, 'e': 1e-05, 'b': false, 's': 'x', 'l': [1, 2], 'd': [1.5], 'w': 3.0}");
    assertEquals(48, config.intOr(0, "i"));
    assertEquals(3, config.intValue("w"));
    assertEquals(1e-5f, config.floatValue("e"));
    assertEquals(1e-5, config.doubleValue("e"));
    assertEquals(1e-5f, config.floatOr(1, "absent", "e"));
    assertFalse(config.boolOr(true, "b"));
    assertEquals("x", config.stringOr("y", "s"));
    assertEquals(List.of(1, 2), config.intList("l"));
    assertEquals(List.of(48), config.intList("i"));
    assertEquals(List.of(1.5), config.doubleList("d"));
  }

  @Test
  void everyMistakeNamesFileFieldFoundAndExpected() throws IOException {
    HuggingFaceConfig config =
        config("{'i': '48', 'f': 1.5, 'big': 3000000000, 'b': 1, 's': [], 'o': {'p': true}}");
    assertRefused(config, c -> c.intValue("i"), "i is the string \"48\", expected an integer");
    assertRefused(config, c -> c.intValue("f"), "f is the number 1.5, expected an integer of 32");
    assertRefused(config, c -> c.intOr(1, "big"), "big is the number 3000000000");
    assertRefused(config, c -> c.bool("b"), "b is the number 1, expected true or false");
    assertRefused(config, c -> c.string("s"), "s is the list [], expected a string");
    assertRefused(config, c -> c.object("f"), "f is the number 1.5, expected an object");
    assertRefused(
        config, c -> c.intValue("x", "y", "z"), "x is missing (or y, z), expected an integer");
    assertRefused(
        config, c -> c.object("o").orElseThrow().floatValue("p"), "o.p is true, expected a number");
    assertRefused(
        config,
        c -> c.object("o").orElseThrow().string("rope_type"),
        "o.rope_type is missing, expected a string");
    assertRefused(config, c -> c.stringList("o"), "o is the object {\"p\":true}");
  }

  @Test
  void theRawObjectIsACopy() throws IOException {
    HuggingFaceConfig config = config("{'i': 1}");
    config.json().addProperty("i", 2);
    assertEquals(1, config.intValue("i"));
  }

  @Test
  void filesThatAreNoJsonObjectsAreRefused() throws IOException {
    assertUnreadable("{'i': 1", "no valid JSON");
    assertUnreadable("{'i': 1} {}", "no valid JSON");
    assertUnreadable("// comment\n{}", "no valid JSON");
    assertUnreadable("", "holds no JSON object but null");
    assertUnreadable("3", "holds no JSON object but the number 3");
    Path path = Files.write(directory.resolve("config.json"), new byte[] {(byte) 0xc0, 0x20});
    CheckpointException e =
        assertThrows(CheckpointException.class, () -> HuggingFaceConfig.read(path));
    assertTrue(e.getMessage().contains("UTF-8"), e.getMessage());
    Files.delete(path);
    e = assertThrows(CheckpointException.class, () -> HuggingFaceConfig.read(directory));
    assertTrue(e.getMessage().contains("config.json: not found"), e.getMessage());
  }

  private HuggingFaceConfig config(String json) throws IOException {
    Files.writeString(directory.resolve("config.json"), json.replace('\'', '"'));
    return HuggingFaceConfig.read(directory);
  }

  private void assertUnreadable(String json, String message) {
    CheckpointException e = assertThrows(CheckpointException.class, () -> config(json));
    assertTrue(e.getMessage().contains("config.json: " + message), e.getMessage());
  }

  private static void assertRefused(
      HuggingFaceConfig config, Consumer<HuggingFaceConfig> get, String message) {
    CheckpointException e = assertThrows(CheckpointException.class, () -> get.accept(config));
    assertTrue(e.getMessage().contains("config.json: " + message), e.getMessage());
  }
}
