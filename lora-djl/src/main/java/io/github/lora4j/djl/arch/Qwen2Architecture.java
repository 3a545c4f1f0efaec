// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.arch;

import ai.djl.ndarray.NDManager;
import io.github.lora4j.djl.format.HuggingFaceConfig;
import io.github.lora4j.djl.nn.Decoder;
import io.github.lora4j.djl.nn.DecoderSpec;
import io.github.lora4j.djl.nn.WeightSource;
import java.util.List;

/**
 * Qwen 2 and 2.5 (Yang et al., 2024; transformers: {@code Qwen2ForCausalLM}): Llama with biases on
 * queries, keys and values.
 */
public final class Qwen2Architecture implements Architecture {
  @Override
  public String modelType() {
    return "qwen2";
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
    LlamaModules modules = new LlamaModules(config, spec, manager, weights);
    return modules.build(
        path ->
            modules
                .builder()
                .layer(
                    modules.norm(path + "input_layernorm"),
                    modules.queryKeyValue(path, true),
                    modules.attentionOutput(path, false),
                    modules.norm(path + "post_attention_layernorm"),
                    modules.feedForward(path, false)));
  }
}
