// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.arch;

import ai.djl.ndarray.NDManager;
import io.github.lora4j.djl.format.HuggingFaceConfig;
import io.github.lora4j.djl.nn.Decoder;
import io.github.lora4j.djl.nn.DecoderSpec;
import io.github.lora4j.djl.nn.WeightSource;
import java.util.List;

/** Llama 1 to 3 (Touvron et al., 2023; transformers: {@code LlamaForCausalLM}). */
public final class LlamaArchitecture implements Architecture {
  @Override
  public String modelType() {
    return "llama";
  }

  @Override
  public List<String> defaultTargets() {
    return LlamaModules.DEFAULT_TARGETS;
  }

  @Override
  public List<String> unusedTensors() {
    return List.of("model\\.layers\\.\\d+\\.self_attn\\.rotary_emb\\.inv_freq");
  }

  @Override
  public Decoder build(HuggingFaceConfig config, NDManager manager, WeightSource weights) {
    DecoderSpec spec = SpecReader.checked(config, LlamaModules.spec(config).build());
    boolean attentionBias = config.boolOr(false, "attention_bias");
    boolean mlpBias = config.boolOr(false, "mlp_bias");
    LlamaModules modules = new LlamaModules(config, spec, manager, weights);
    return modules.build(
        path ->
            modules
                .builder()
                .layer(
                    modules.norm(path + "input_layernorm"),
                    modules.queryKeyValue(path, attentionBias),
                    modules.attentionOutput(path, attentionBias),
                    modules.norm(path + "post_attention_layernorm"),
                    modules.feedForward(path, mlpBias)));
  }
}
