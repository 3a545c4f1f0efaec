// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.AdapterException;
import io.github.lora4j.LoraModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Bad adapters: one exception, which names the place, and a model as it was. */
class BadAdapterTest {
  private static final Path ADAPTERS = TinyModels.LLAMA.resolve("adapters");
  private static final String CONFIG = "adapter_config.json";
  private static final String WEIGHTS = "adapter_model.safetensors";
  private static final String A = "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight";
  private static final String B = "base_model.model.model.layers.0.self_attn.q_proj.lora_B.weight";

  @TempDir Path root;
  private CheckpointModel base;
  private LoraModel model;
  private float[] before;

  @BeforeEach
  void load() {
    base = TinyModels.load(TinyModels.LLAMA);
    model = LoraModel.load(base, ADAPTERS.resolve("modules_to_save"));
    before = TinyModels.logits(model);
  }

  @AfterEach
  void close() {
    base.close();
  }

  private record Case(String name, Path source, Damage damage, List<String> parts) {
    static Arguments of(String name, Damage damage, String... parts) {
      return of(name, ADAPTERS.resolve("default"), damage, parts);
    }

    static Arguments of(String name, Path source, Damage damage, String... parts) {
      return Arguments.of(new Case(name, source, damage, List.of(parts)));
    }

    @Override
    public String toString() {
      return name;
    }
  }

  private interface Damage {
    void to(CheckpointCopy copy) throws IOException;
  }

  /** Refused whether strict or not. */
  static Stream<Arguments> damaged() {
    return Stream.of(
        Case.of("no config", c -> c.delete(CONFIG), "no file " + CONFIG),
        Case.of("no JSON", c -> c.write(CONFIG, "{"), CONFIG, "JSON"),
        Case.of("rank a string", c -> c.set(CONFIG, "r", "\"four\""), CONFIG, "r", "\"four\""),
        Case.of("rank 0", c -> c.set(CONFIG, "r", "0"), CONFIG, "rank", "0"),
        Case.of("another kind", c -> c.set(CONFIG, "peft_type", "\"LOHA\""), CONFIG, "LOHA"),
        Case.of("QA-LoRA", c -> c.set(CONFIG, "use_qalora", "true"), CONFIG, "use_qalora"),
        Case.of("no weights", c -> c.delete(WEIGHTS), WEIGHTS, "safe_serialization=True"),
        Case.of(
            ".bin only",
            c -> Files.move(c.file(WEIGHTS), c.file("adapter_model.bin")),
            WEIGHTS,
            "adapter_model.bin",
            "safe_serialization=True"),
        Case.of("truncated", c -> c.truncate(WEIGHTS, 8), WEIGHTS, "bytes"),
        Case.of("no safetensors", c -> c.write(WEIGHTS, "hello"), WEIGHTS),
        Case.of(
            "misshapen A",
            c -> c.tensors(WEIGHTS, t -> t.put(A, CheckpointCopy.zeros(A, 4, 47))),
            WEIGHTS,
            A,
            "(4, 47)",
            "(4, 48)"),
        Case.of(
            "misshapen B",
            c -> c.tensors(WEIGHTS, t -> t.put(B, CheckpointCopy.zeros(B, 48, 5))),
            WEIGHTS,
            B,
            "(48, 5)",
            "(48, 4)"),
        Case.of("another rank", c -> c.set(CONFIG, "r", "8"), WEIGHTS, "(4, 48)", "(8, 48)"),
        Case.of(
            "a name of no adapter",
            c -> c.tensors(WEIGHTS, t -> t.put("x", CheckpointCopy.zeros("optimizer.step", 1))),
            WEIGHTS,
            "optimizer.step"),
        Case.of(
            "targets of no module",
            c -> c.set(CONFIG, "target_modules", "[\"q_prj\"]"),
            "q_prj",
            "closest",
            "q_proj"),
        Case.of(
            "DoRA on an embedding",
            c -> {
              c.set(CONFIG, "target_modules", "[\"embed_tokens\"]");
              c.set(CONFIG, "use_dora", "true");
            },
            "use_dora",
            "model.embed_tokens",
            "embedding"),
        Case.of(
            "another architecture's",
            TinyModels.BLOOM.resolve("adapters/default"),
            c -> {},
            "query_key_value",
            "does not fit",
            "llama"));
  }

  /** Refused if strict. */
  static Stream<Arguments> incomplete() {
    return Stream.of(
        Case.of(
            "missing tensor",
            c -> c.tensors(WEIGHTS, t -> t.remove(B)),
            WEIGHTS,
            "missing (1): " + B,
            "another model"),
        Case.of(
            "extra tensor",
            c ->
                c.tensors(
                    WEIGHTS,
                    t -> {
                      String name = A.replace("layers.0", "layers.7");
                      t.put(name, CheckpointCopy.zeros(name, 4, 48));
                    }),
            WEIGHTS,
            "unexpected (1): " + A.replace("layers.0", "layers.7")),
        Case.of(
            "fewer targets",
            c -> c.set(CONFIG, "target_modules", "[\"q_proj\"]"),
            WEIGHTS,
            "unexpected (4)",
            "v_proj"),
        Case.of(
            "no module to save",
            c -> c.set(CONFIG, "modules_to_save", "[\"lm_head\"]"),
            WEIGHTS,
            "missing (1): base_model.model.lm_head.weight"));
  }

  @ParameterizedTest
  @MethodSource({"damaged", "incomplete"})
  void aBadAdapterIsRefusedByPlace(Case example) throws IOException {
    CheckpointCopy copy = CheckpointCopy.of(example.source, root.resolve("adapter"));
    example.damage.to(copy);
    assertRefused(copy.directory(), true, example.parts);
  }

  @ParameterizedTest
  @MethodSource("damaged")
  void aDamagedAdapterIsRefusedAlsoIfNotStrict(Case example) throws IOException {
    CheckpointCopy copy = CheckpointCopy.of(example.source, root.resolve("adapter"));
    example.damage.to(copy);
    assertRefused(copy.directory(), false, example.parts);
  }

  private void assertRefused(Path directory, boolean strict, List<String> parts)
      throws IOException {
    int arrays = TinyModels.arrays(base.getNDManager());
    try (LiveArrays live = new LiveArrays()) {
      RuntimeException thrown =
          assertThrows(RuntimeException.class, () -> model.loadAdapter("bad", directory, strict));
      assertSame(AdapterException.class, thrown.getClass(), thrown::toString);
      for (String part : parts) {
        assertTrue(
            thrown.getMessage().contains(part), () -> part + " not in: " + thrown.getMessage());
      }
      assertTrue(thrown.getMessage().contains(directory.toString()), thrown::getMessage);
      assertEquals(0, live.count());
    }
    assertEquals(arrays, TinyModels.arrays(base.getNDManager()));
    LiveArrays.assertNoOpenFiles(directory);
    assertFalse(model.adapters().containsKey("bad"));
    assertArrayEquals(before, TinyModels.logits(model));
  }

  @ParameterizedTest
  @MethodSource("incomplete")
  void anIncompleteAdapterLoadsIfNotStrict(Case example) throws IOException {
    CheckpointCopy copy = CheckpointCopy.of(example.source, root.resolve("adapter"));
    example.damage.to(copy);
    model.loadAdapter("partial", copy.directory(), false);
    model.setActiveAdapter("partial");
    for (float logit : TinyModels.logits(model)) {
      assertTrue(Float.isFinite(logit));
    }
    model.setActiveAdapter("default");
    assertArrayEquals(before, TinyModels.logits(model));
  }

  @Test
  void aMissingBStartsAtZero() throws IOException {
    CheckpointCopy copy = CheckpointCopy.of(ADAPTERS.resolve("default"), root.resolve("adapter"));
    copy.tensors(WEIGHTS, tensors -> tensors.keySet().removeIf(name -> name.contains("lora_B")));
    model.loadAdapter("partial", copy.directory(), false);
    model.setActiveAdapter("partial");
    float[] partial = TinyModels.logits(model);
    model.disableAdapters();
    assertArrayEquals(TinyModels.logits(model), partial);
  }

  @Test
  void aMissingDirectoryIsRefused() {
    Path nowhere = root.resolve("nowhere");
    String message =
        assertThrows(AdapterException.class, () -> model.loadAdapter("bad", nowhere)).getMessage();
    assertTrue(message.contains("nowhere: no such directory"), message);
    assertTrue(message.contains(CONFIG), message);
  }

  @Test
  void aFailedLoadLeavesTheBaseFree() {
    model.close();
    assertThrows(AdapterException.class, () -> LoraModel.load(base, root.resolve("nowhere")));
    assertFalse(base.isAdapted());
  }
}
