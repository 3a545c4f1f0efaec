// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.pretrain;

import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;

/**
 * The sizes of a BLOOM model.
 *
 * @param hidden width of the hidden states
 * @param layers number of layers
 * @param heads number of attention heads
 */
public record ModelSize(int hidden, int layers, int heads) {
  /**
   * Its configuration.
   *
   * @param vocabulary number of tokens
   * @return {@code config.json} as transformers writes it
   */
  String config(int vocabulary) {
    JsonObject json = new JsonObject();
    JsonArray architectures = new JsonArray();
    architectures.add("BloomForCausalLM");
    json.add("architectures", architectures);
    json.addProperty("model_type", "bloom");
    json.addProperty("vocab_size", vocabulary);
    json.addProperty("hidden_size", hidden);
    json.addProperty("n_layer", layers);
    json.addProperty("n_head", heads);
    json.addProperty("layer_norm_epsilon", 1e-5);
    json.addProperty("apply_residual_connection_post_layernorm", false);
    json.addProperty("hidden_dropout", 0.0);
    json.addProperty("attention_dropout", 0.0);
    json.addProperty("tie_word_embeddings", true);
    json.addProperty("unk_token_id", 0);
    json.addProperty("bos_token_id", 1);
    json.addProperty("eos_token_id", 2);
    json.addProperty("pad_token_id", 3);
    json.addProperty("torch_dtype", "float32");
    return new GsonBuilder().setPrettyPrinting().create().toJson(json) + "\n";
  }
}
