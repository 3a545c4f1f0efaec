// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.arch;

import ai.djl.ndarray.NDManager;
import io.github.lora4j.djl.format.HuggingFaceConfig;
import io.github.lora4j.djl.nn.Decoder;
import io.github.lora4j.djl.nn.DecoderSpec;
import io.github.lora4j.djl.nn.NormedQueryKeyValue;
import io.github.lora4j.djl.nn.WeightSource;
import java.util.List;

/**
 * Qwen 3 (Yang et al., 2025; transformers: {@code Qwen3ForCausalLM}): Llama with norms on the heads
 * of queries and keys.
 */
public final class Qwen3Architecture implements Architecture {
  @Override
  public String modelType() {
    return "qwen3";
  }

  @Override
  public List<String> defaultTargets() {
    return LlamaModules.DEFAULT_TARGETS;
  }

  @Override
  public Decoder build(HuggingFaceConfig config, NDManager manager, WeightSource weights) {
    DecoderSpec spec =
        SpecReader.checked(
            config,
            LlamaModules.spec(config).attentionWindows(WindowReader.upperLayers(config)).build());
    boolean bias = config.boolOr(false, "attention_bias");
    LlamaModules modules = new LlamaModules(config, spec, manager, weights);
    return modules.build(
        path ->
            modules
                .builder()
                .layer(
                    modules.norm(path + "input_layernorm"),
                    queryKeyValue(modules, spec, path, bias),
                    modules.attentionOutput(path, bias),
                    modules.norm(path + "post_attention_layernorm"),
                    modules.feedForward(path, false)));
  }

  private static NormedQueryKeyValue queryKeyValue(
      LlamaModules modules, DecoderSpec spec, String path, boolean bias) {
    return new NormedQueryKeyValue(
        modules.queryKeyValue(path, bias),
        modules.builder().rmsNorm(path + "self_attn.q_norm", spec.headDim()),
        modules.builder().rmsNorm(path + "self_attn.k_norm", spec.headDim()),
        spec);
  }
}
