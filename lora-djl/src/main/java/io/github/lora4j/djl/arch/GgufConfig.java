// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.arch;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.github.lora4j.CheckpointException;
import io.github.lora4j.djl.format.GgufFile;
import io.github.lora4j.djl.format.GgufTensor;
import io.github.lora4j.djl.format.HuggingFaceConfig;
import java.util.Map;
import java.util.OptionalInt;

/** The metadata of a GGUF model in the words of {@code config.json}. */
public final class GgufConfig {
  /** The tensor that holds what llama 3 divides its rotary frequencies by. */
  static final String ROPE_FACTORS = "rope_freqs.weight";

  private static final String ARCHITECTURE = "general.architecture";
  private static final String TYPE = "general.type";
  private static final String MODEL = "model";
  private static final double DEFAULT_THETA = 10_000;

  /** The architectures of llama.cpp that are read, and transformers' classes of them. */
  private static final Map<String, String> CLASSES =
      Map.of(
          "llama", "LlamaForCausalLM",
          "qwen2", "Qwen2ForCausalLM",
          "qwen3", "Qwen3ForCausalLM");

  private final GgufFile file;
  private final HuggingFaceConfig metadata;
  private final String prefix;
  private final JsonObject json = new JsonObject();

  private GgufConfig(GgufFile file, String architecture) {
    this.file = file;
    this.metadata = file.metadata();
    this.prefix = architecture + ".";
  }

  /**
   * Reads the metadata.
   *
   * @param file a model's file
   * @return the configuration
   * @throws CheckpointException if the file is no model's, or what it asks for is not supported
   */
  public static HuggingFaceConfig of(GgufFile file) {
    String type = file.metadata().stringOr(MODEL, TYPE);
    if (!type.equals(MODEL)) {
      throw file.metadata().error(TYPE, "is \"%s\", expected a model's file".formatted(type));
    }
    String architecture = file.metadata().string(ARCHITECTURE);
    if (!CLASSES.containsKey(architecture)) {
      throw file.metadata()
          .error(
              ARCHITECTURE,
              "is \"%s\", supported are %s; load the checkpoint it was converted from"
                  .formatted(architecture, CLASSES.keySet().stream().sorted().toList()));
    }
    GgufConfig config = new GgufConfig(file, architecture);
    config.architecture(architecture);
    config.sizes();
    config.positions();
    config.tokens();
    return HuggingFaceConfig.of(file.path(), config.json);
  }

  /**
   * What llama.cpp calls the architecture of a model.
   *
   * @param config the model's configuration
   * @return {@code general.architecture}
   * @throws CheckpointException if its names there are not known
   */
  public static String architecture(HuggingFaceConfig config) {
    String modelType = config.string("model_type");
    String architecture = modelType.equals("mistral") ? "llama" : modelType;
    if (!CLASSES.containsKey(architecture)) {
      throw config.error(
          "model_type",
          "is \"%s\"; for GGUF files supported are llama, mistral, qwen2, qwen3"
              .formatted(modelType));
    }
    return architecture;
  }

  private void architecture(String architecture) {
    JsonArray classes = new JsonArray();
    classes.add(CLASSES.get(architecture));
    json.add("architectures", classes);
    json.addProperty("model_type", architecture);
    json.addProperty("hidden_act", "silu");
    json.addProperty("dtype", "float32");
    json.addProperty("attention_bias", file.contains("blk.0.attn_q.bias"));
    json.addProperty("mlp_bias", file.contains("blk.0.ffn_gate.bias"));
    json.addProperty("tie_word_embeddings", !file.contains("output.weight"));
    String experts = prefix + "expert_count";
    if (metadata.intOr(0, experts) > 0) {
      throw metadata.error(experts, "is above 0: mixtures of experts are not supported");
    }
  }

  private void sizes() {
    GgufTensor table = file.tensor(GgufNames.EMBEDDING);
    json.addProperty("vocab_size", table.shape().get(0));
    integer("hidden_size", "embedding_length");
    integer("num_hidden_layers", "block_count");
    integer("intermediate_size", "feed_forward_length");
    integer("num_attention_heads", "attention.head_count");
    integer("max_position_embeddings", "context_length");
    int heads = metadata.intValue(prefix + "attention.head_count");
    json.addProperty(
        "num_key_value_heads", metadata.intOr(heads, prefix + "attention.head_count_kv"));
    String epsilon = prefix + "attention.layer_norm_rms_epsilon";
    json.addProperty("rms_norm_eps", metadata.doubleValue(epsilon));
  }

  private void integer(String field, String key) {
    json.addProperty(field, metadata.intValue(prefix + key));
  }

  private void positions() {
    OptionalInt keyLength = metadata.optionalInt(prefix + "attention.key_length");
    OptionalInt rotated = metadata.optionalInt(prefix + "rope.dimension_count");
    OptionalInt headDim = keyLength.isPresent() ? keyLength : rotated;
    headDim.ifPresent(
        length -> {
          json.addProperty("head_dim", length);
          requireSame("attention.value_length", length);
          requireSame("rope.dimension_count", length);
        });
    String theta = prefix + "rope.freq_base";
    json.addProperty("rope_theta", metadata.doubleOr(DEFAULT_THETA, theta));
    scaling();
  }

  private void requireSame(String key, int headDim) {
    int found = metadata.intOr(headDim, prefix + key);
    if (found != headDim) {
      throw metadata.error(
          prefix + key, "is %d, expected %d, the length of a head".formatted(found, headDim));
    }
  }

  private void scaling() {
    String key = prefix + "rope.scaling.type";
    String type = metadata.stringOr("none", key);
    JsonObject scaling = new JsonObject();
    if (file.contains(ROPE_FACTORS)) {
      factors(scaling);
    } else if (type.equals("linear")) {
      scaling.addProperty("rope_type", type);
      scaling.addProperty("factor", metadata.doubleValue(prefix + "rope.scaling.factor"));
    }
    boolean known = type.equals("none") || type.equals("linear");
    if (!known || (file.contains(ROPE_FACTORS) && !type.equals("none"))) {
      throw metadata.error(key, "is \"%s\", which is not supported".formatted(type));
    }
    if (scaling.size() > 0) {
      json.add("rope_scaling", scaling);
    }
  }

  /** transformers' way to say the same: at every length these factors, and nothing else. */
  private void factors(JsonObject scaling) {
    JsonArray factors = new JsonArray();
    for (float factor : file.tensor(ROPE_FACTORS).stored().toFloatArray()) {
      factors.add(factor);
    }
    scaling.addProperty("rope_type", "longrope");
    scaling.add("short_factor", factors);
    scaling.add("long_factor", factors);
    scaling.addProperty("attention_factor", 1.0);
    scaling.add("original_max_position_embeddings", json.get("max_position_embeddings"));
  }

  private void tokens() {
    for (String name : new String[] {"bos", "eos"}) {
      metadata
          .optionalInt("tokenizer.ggml." + name + "_token_id")
          .ifPresent(id -> json.addProperty(name + "_token_id", id));
    }
  }
}
