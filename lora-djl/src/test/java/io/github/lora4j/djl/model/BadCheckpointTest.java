// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.CheckpointException;
import io.github.lora4j.HuggingFaceModel;
import io.github.lora4j.plan.MemoryPlanner;
import io.github.lora4j.plan.PlanOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Bad checkpoints: one exception, which names the place, and nothing left behind. */
class BadCheckpointTest {
  private static final String CONFIG = "config.json";
  private static final String WEIGHTS = "model.safetensors";
  private static final String QUERY = "model.layers.1.self_attn.q_proj.weight";

  @TempDir Path root;

  /** A damage, and what the message must name. */
  private record Case(String name, Path source, Damage damage, List<String> parts) {
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

  private static Arguments config(String name, String field, String json, String... parts) {
    return Case.of(name, TinyModels.LLAMA, copy -> copy.set(CONFIG, field, json), parts);
  }

  private static Arguments bloom(String name, String field, String json, String... parts) {
    return Case.of(name, TinyModels.BLOOM, copy -> copy.set(CONFIG, field, json), parts);
  }

  private static Arguments of(String model, String field, String json, String... parts) {
    Path source = TinyModels.GOLDEN.resolve(model);
    String name = model + " " + field + " " + json;
    return Case.of(name, source, copy -> copy.set(CONFIG, field, json), with(field, parts));
  }

  private static String[] with(String field, String... parts) {
    return Stream.concat(Stream.of(field), Stream.of(parts)).toArray(String[]::new);
  }

  static Stream<Arguments> otherFamily() {
    return Stream.of(
        of("gpt2", "activation_function", "\"mish\"", "\"mish\"", "gelu_new"),
        of("gpt2", "scale_attn_weights", "false", "is false", "supported is true"),
        of("gpt2", "scale_attn_by_inverse_layer_idx", "true", "is true", "supported is false"),
        of("gpt2", "add_cross_attention", "true", "is true", "supported is false"),
        of("gpt2", "n_head", "5", "divisor of hidden_size 48", "5"),
        of("gpt2", "n_inner", "0", "at least 1", "0"),
        of("opt", "layer_norm_elementwise_affine", "false", "is false", "supported is true"),
        of("opt", "ffn_dim", null, "is missing", "an integer"),
        of("gpt_neox", "hidden_act", "7", "7", "a string"),
        Case.of(
            "gpt_neox rotates too much",
            TinyModels.GOLDEN.resolve("gpt_neox"),
            copy ->
                copy.set(
                    CONFIG,
                    "rope_parameters",
                    "{\"rope_type\":\"default\",\"partial_rotary_factor\":1.2}"),
            "rotary_pct",
            "14 rotating values",
            "1 to 12"),
        of("falcon", "num_attention_heads", "16", "even", "3"),
        Case.of(
            "falcon's new architecture is parallel",
            TinyModels.SAMPLES.resolve("falcon-new"),
            copy -> copy.set(CONFIG, "parallel_attn", "false"),
            "parallel_attn",
            "supported is true"),
        Case.of(
            "falcon's groups",
            TinyModels.SAMPLES.resolve("falcon-new"),
            copy -> copy.set(CONFIG, "num_kv_heads", "4"),
            "num_key_value_heads",
            "6 heads",
            "4"),
        mpt("attn_config.qk_ln", "{\"qk_ln\":true}", "supported is false"),
        mpt("attn_config.alibi", "{\"alibi\":false}", "supported is true"),
        mpt("attn_config.prefix_lm", "{\"prefix_lm\":true}", "supported is false"),
        mpt("attn_config.softmax_scale", "{\"softmax_scale\":0.1}", "1 / sqrt"),
        mpt("attn_config.clip_qkv", "{\"clip_qkv\":-1}", "above 0", "-1"),
        Case.of(
            "mpt scales its logits",
            TinyModels.SAMPLES.resolve("mpt"),
            copy -> copy.set(CONFIG, "logit_scale", "2.0"),
            "logit_scale",
            "not supported"),
        Case.of(
            "gptj rotates too much",
            TinyModels.SAMPLES.resolve("gptj"),
            copy -> copy.set(CONFIG, "rotary_dim", "18"),
            "rotary_dim",
            "18 rotating values",
            "1 to 16"));
  }

  private static Arguments mpt(String field, String attention, String... parts) {
    return Case.of(
        "mpt " + attention,
        TinyModels.SAMPLES.resolve("mpt"),
        copy -> copy.set(CONFIG, "attn_config", attention),
        with(field, parts));
  }

  static Stream<Arguments> configurations() {
    return Stream.of(
        Case.of("no config", TinyModels.LLAMA, c -> c.delete(CONFIG), CONFIG, "not found"),
        Case.of("no JSON", TinyModels.LLAMA, c -> c.write(CONFIG, "{\"a\":"), CONFIG, "JSON"),
        Case.of("a list", TinyModels.LLAMA, c -> c.write(CONFIG, "[1]"), CONFIG, "JSON object"),
        Case.of("empty", TinyModels.LLAMA, c -> c.write(CONFIG, ""), CONFIG, "JSON"),
        config(
            "unknown",
            "model_type",
            "\"gpt9\"",
            "model_type",
            "\"gpt9\"",
            "supported are bloom, falcon"),
        config("no type", "model_type", null, "model_type", "is missing", "a string"),
        config("type a number", "model_type", "7", "model_type", "7", "a string"),
        config("no field", "hidden_size", null, "hidden_size", "is missing", "an integer"),
        config("field a string", "hidden_size", "\"48\"", "hidden_size", "\"48\"", "an integer"),
        config("a fraction", "num_hidden_layers", "1.5", "num_hidden_layers", "1.5", "an integer"),
        config("too large", "vocab_size", "99999999999", "vocab_size", "99999999999"),
        config("no layers", "num_hidden_layers", "0", "num_hidden_layers", "at least 1", "0"),
        config("negative", "max_position_embeddings", "-1", "max_position_embeddings", "-1"),
        config("odd head", "head_dim", "11", "head_dim", "even", "11"),
        config("groups", "num_key_value_heads", "3", "num_key_value_heads", "4 heads", "3"),
        config("no groups", "num_key_value_heads", "0", "num_key_value_heads", "0"),
        config("activation", "hidden_act", "\"relu6\"", "hidden_act", "\"relu6\"", "silu"),
        config("tied a string", "tie_word_embeddings", "\"no\"", "tie_word_embeddings", "\"no\""),
        config(
            "rope",
            "rope_parameters",
            "{\"rope_type\":\"spiral\"}",
            "rope_parameters.rope_type",
            "\"spiral\"",
            "llama3"),
        config(
            "rope without factor",
            "rope_parameters",
            "{\"rope_type\":\"linear\"}",
            "rope_parameters.factor",
            "is missing"),
        config(
            "rope factor",
            "rope_parameters",
            "{\"rope_type\":\"linear\",\"factor\":0}",
            "rope_parameters.factor",
            "above 0",
            "0"),
        config(
            "theta",
            "rope_parameters",
            "{\"rope_type\":\"default\",\"rope_theta\":-1}",
            "rope_parameters.rope_theta",
            "above 0",
            "-1"),
        config("epsilon", "rms_norm_eps", "-1", "rms_norm_eps", "-1"),
        Case.of(
            "heads do not divide",
            TinyModels.LLAMA,
            c -> {
              c.set(CONFIG, "head_dim", null);
              c.set(CONFIG, "num_attention_heads", "5");
              c.set(CONFIG, "num_key_value_heads", "5");
            },
            "num_attention_heads",
            "divisor of hidden_size 48",
            "5"),
        bloom("bloom's heads do not divide", "n_head", "5", "n_head", "hidden_size 48", "5"),
        bloom("bloom without layers", "n_layer", null, "n_layer", "num_hidden_layers", "missing"));
  }

  static Stream<Arguments> weights() {
    return Stream.of(
        Case.of("none", TinyModels.LLAMA, c -> c.delete(WEIGHTS), "no weights", WEIGHTS),
        Case.of(
            "missing tensor",
            TinyModels.LLAMA,
            c -> c.tensors(WEIGHTS, tensors -> tensors.remove(QUERY)),
            QUERY,
            "(48, 48)",
            "is missing"),
        Case.of(
            "missing bias",
            TinyModels.SAMPLES.resolve("llama-biases"),
            c -> c.tensors(WEIGHTS, tensors -> tensors.remove("model.layers.0.mlp.up_proj.bias")),
            "model.layers.0.mlp.up_proj.bias",
            "(72)",
            "is missing"),
        Case.of(
            "unannounced bias",
            TinyModels.SAMPLES.resolve("llama-biases"),
            c -> c.set(CONFIG, "mlp_bias", "false"),
            "6 tensors",
            "model.layers.0.mlp.down_proj.bias"),
        Case.of(
            "extra tensor",
            TinyModels.LLAMA,
            c ->
                c.tensors(
                    WEIGHTS,
                    t -> t.put("x", CheckpointCopy.zeros("model.layers.7.x.weight", 2, 2))),
            "1 tensors",
            "model.layers.7.x.weight",
            "llama"),
        Case.of(
            "misshapen tensor",
            TinyModels.LLAMA,
            c -> c.tensors(WEIGHTS, t -> t.put(QUERY, CheckpointCopy.zeros(QUERY, 48, 47))),
            WEIGHTS,
            QUERY,
            "(48, 47)",
            "(48, 48)"),
        Case.of(
            "another vocabulary",
            TinyModels.LLAMA,
            c -> c.set(CONFIG, "vocab_size", "130"),
            WEIGHTS,
            "model.embed_tokens.weight",
            "(131, 48)",
            "(130, 48)"),
        Case.of("truncated", TinyModels.LLAMA, c -> c.truncate(WEIGHTS, 40), WEIGHTS, "bytes"),
        Case.of("no safetensors", TinyModels.LLAMA, c -> c.write(WEIGHTS, "hello"), WEIGHTS),
        Case.of(
            "missing shard",
            TinyModels.RESOURCES.resolve("golden/loading/llama-sharded-bf16"),
            c -> c.delete("model-00002-of-00002.safetensors"),
            "model-00002-of-00002.safetensors",
            "missing",
            "model.safetensors.index.json"),
        Case.of(
            "index of another model",
            TinyModels.RESOURCES.resolve("golden/loading/llama-sharded-bf16"),
            c ->
                c.write(
                    "model.safetensors.index.json",
                    "{\"weight_map\":{\"nowhere\":\"model-00001-of-00002.safetensors\"}}"),
            "nowhere",
            "model-00001-of-00002.safetensors"),
        Case.of(
            "bad tokenizer",
            TinyModels.LLAMA,
            c -> c.write("tokenizer.json", "{\"model\": 3}"),
            "tokenizer.json"));
  }

  @ParameterizedTest
  @MethodSource({"configurations", "otherFamily", "weights"})
  void aBadCheckpointIsRefusedByPlace(Case example) throws IOException {
    CheckpointCopy copy = CheckpointCopy.of(example.source, root.resolve("checkpoint"));
    example.damage.to(copy);
    assertRefused(copy.directory(), example.parts);
  }

  /** A plan reads headers only; without weights it goes by the configuration. */
  @ParameterizedTest
  @MethodSource({"configurations", "otherFamily", "weights"})
  void aPlanRefusesItInTheSameWords(Case example) throws IOException {
    Assumptions.assumeFalse(Set.of("none", "bad tokenizer").contains(example.name));
    CheckpointCopy copy = CheckpointCopy.of(example.source, root.resolve("checkpoint"));
    example.damage.to(copy);
    PlanOptions options = PlanOptions.builder().build();
    CheckpointException loading =
        assertThrows(
            CheckpointException.class, () -> HuggingFaceModel.load(copy.directory()).close());
    try (LiveArrays arrays = new LiveArrays()) {
      CheckpointException planning =
          assertThrows(
              CheckpointException.class, () -> MemoryPlanner.plan(copy.directory(), options));
      assertEquals(loading.getMessage(), planning.getMessage());
      assertEquals(0, arrays.count());
    }
    LiveArrays.assertNoOpenFiles(copy.directory());
  }

  private static void assertRefused(Path directory, List<String> parts) throws IOException {
    try (LiveArrays arrays = new LiveArrays()) {
      RuntimeException thrown =
          assertThrows(RuntimeException.class, () -> HuggingFaceModel.load(directory));
      assertSame(CheckpointException.class, thrown.getClass(), thrown::toString);
      for (String part : parts) {
        assertTrue(
            thrown.getMessage().contains(part), () -> part + " not in: " + thrown.getMessage());
      }
      assertTrue(thrown.getMessage().contains(directory.toString()), thrown::getMessage);
      assertEquals(0, arrays.count());
    }
    if (Files.isDirectory(directory)) {
      LiveArrays.assertNoOpenFiles(directory);
    }
  }

  @Test
  void aMissingDirectoryIsRefused() throws IOException {
    assertRefused(root.resolve("nowhere"), List.of("no such directory", CONFIG));
  }

  @Test
  void aFileIsNoCheckpoint() throws IOException {
    Path file = Files.writeString(root.resolve("file"), "x");
    assertRefused(file, List.of("no such directory", CONFIG));
  }

  /** The count of live arrays is worth something: loads make many before they fail. */
  @Test
  void arraysThatAFailedLoadMadeAreSeen() throws IOException {
    CheckpointCopy copy = CheckpointCopy.of(TinyModels.LLAMA, root.resolve("checkpoint"));
    copy.tensors(WEIGHTS, tensors -> tensors.remove("lm_head.weight"));
    try (LiveArrays arrays = new LiveArrays()) {
      assertThrows(CheckpointException.class, () -> HuggingFaceModel.load(copy.directory()));
      assertTrue(arrays.made() > 15, () -> "arrays made: " + arrays.made());
      assertEquals(0, arrays.count());
    }
  }
}
