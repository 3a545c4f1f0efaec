// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.arch;

import io.github.lora4j.CheckpointException;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What llama.cpp calls the tensors of the Llama family. */
public final class GgufNames {
  /** The table of the embedding. */
  static final String EMBEDDING = "token_embd.weight";

  private static final Pattern IN_LAYER = Pattern.compile("model\\.layers\\.(\\d+)\\.(.+)");

  private static final Map<String, String> OUTSIDE =
      Map.of(
          "model.embed_tokens", "token_embd",
          "model.norm", "output_norm",
          "lm_head", "output");

  private static final Map<String, String> INSIDE =
      Map.ofEntries(
          Map.entry("input_layernorm", "attn_norm"),
          Map.entry("self_attn.q_proj", "attn_q"),
          Map.entry("self_attn.k_proj", "attn_k"),
          Map.entry("self_attn.v_proj", "attn_v"),
          Map.entry("self_attn.o_proj", "attn_output"),
          Map.entry("self_attn.q_norm", "attn_q_norm"),
          Map.entry("self_attn.k_norm", "attn_k_norm"),
          Map.entry("post_attention_layernorm", "ffn_norm"),
          Map.entry("mlp.gate_proj", "ffn_gate"),
          Map.entry("mlp.up_proj", "ffn_up"),
          Map.entry("mlp.down_proj", "ffn_down"));

  private GgufNames() {}

  /**
   * The name of a module.
   *
   * @param module its path in transformers, for example {@code model.layers.0.self_attn.q_proj}
   * @return for example {@code blk.0.attn_q}; empty if llama.cpp has none
   */
  public static Optional<String> ofModule(String module) {
    Matcher layer = IN_LAYER.matcher(module);
    return layer.matches()
        ? Optional.ofNullable(INSIDE.get(layer.group(2)))
            .map(name -> "blk." + layer.group(1) + "." + name)
        : Optional.ofNullable(OUTSIDE.get(module));
  }

  /**
   * The name of a tensor.
   *
   * @param tensor its name in transformers, for example {@code model.norm.weight}
   * @return for example {@code output_norm.weight}
   * @throws CheckpointException if llama.cpp has none
   */
  static String ofTensor(String tensor) {
    int dot = tensor.lastIndexOf('.');
    return ofModule(tensor.substring(0, dot))
        .map(module -> module + tensor.substring(dot))
        .orElseThrow(
            () -> new CheckpointException("GGUF files have no name for the tensor " + tensor));
  }
}
