// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.arch;

import ai.djl.ndarray.NDManager;
import io.github.lora4j.djl.format.HuggingFaceConfig;
import io.github.lora4j.djl.nn.Decoder;
import io.github.lora4j.djl.nn.DecoderSpec;
import io.github.lora4j.djl.nn.FeedForward;
import io.github.lora4j.djl.nn.WeightSource;
import java.util.List;

/**
 * Gemma 1 (Gemma Team, 2024; transformers: {@code GemmaForCausalLM}): Llama with embeddings
 * multiplied by √hidden, norms by 1 + weight, and a GELU gate.
 */
public final class GemmaArchitecture implements Architecture {
  @Override
  public String modelType() {
    return "gemma";
  }

  @Override
  public List<String> defaultTargets() {
    return LlamaModules.DEFAULT_TARGETS;
  }

  @Override
  public Decoder build(HuggingFaceConfig config, NDManager manager, WeightSource weights) {
    DecoderSpec spec = SpecReader.checked(config, spec(config).build());
    boolean bias = config.boolOr(false, "attention_bias");
    LlamaModules modules = new LlamaModules(config, spec, manager, weights);
    return modules.build(
        path ->
            modules
                .builder()
                .layer(
                    modules.norm(path + "input_layernorm"),
                    modules.queryKeyValue(path, bias),
                    modules.attentionOutput(path, bias),
                    modules.norm(path + "post_attention_layernorm"),
                    FeedForward.Gated.of(
                        modules.builder().ops(),
                        modules.gateAndUp(path, false),
                        modules.down(path, false),
                        GateReader.gemmaGate(config, modules.builder().ops()))));
  }

  /** What all Gemmas have in common. */
  static DecoderSpec.Builder spec(HuggingFaceConfig config) {
    SpecReader.require(config, "use_bidirectional_attention", false);
    return LlamaModules.spec(config)
        .embeddingScale(Math.sqrt(SpecReader.positive(config, "hidden_size")))
        .normOffset(1)
        .tiedHead(config.boolOr(true, "tie_word_embeddings"));
  }
}
