// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.arch;

import ai.djl.ndarray.NDManager;
import io.github.lora4j.djl.format.HuggingFaceConfig;
import io.github.lora4j.djl.nn.BranchOutput;
import io.github.lora4j.djl.nn.Decoder;
import io.github.lora4j.djl.nn.DecoderSpec;
import io.github.lora4j.djl.nn.FeedForward;
import io.github.lora4j.djl.nn.WeightSource;
import java.util.List;

/**
 * Gemma 2 (Gemma Team, 2024; transformers: {@code Gemma2ForCausalLM}): Gemma with a norm behind
 * each half of a layer, soft caps on scores and logits, and a window of keys in every second layer.
 */
public final class Gemma2Architecture implements Architecture {
  @Override
  public String modelType() {
    return "gemma2";
  }

  @Override
  public List<String> defaultTargets() {
    return LlamaModules.DEFAULT_TARGETS;
  }

  @Override
  public Decoder build(HuggingFaceConfig config, NDManager manager, WeightSource weights) {
    DecoderSpec spec = SpecReader.checked(config, spec(config));
    boolean bias = config.boolOr(false, "attention_bias");
    LlamaModules modules = new LlamaModules(config, spec, manager, weights);
    return modules.build(
        path ->
            modules
                .builder()
                .layer(
                    modules.norm(path + "input_layernorm"),
                    modules.queryKeyValue(path, bias),
                    new BranchOutput.Normed(
                        modules.attentionOutput(path, bias),
                        modules.norm(path + "post_attention_layernorm")),
                    modules.norm(path + "pre_feedforward_layernorm"),
                    feedForward(modules, config, path)));
  }

  private static DecoderSpec spec(HuggingFaceConfig config) {
    double queryScale =
        SpecReader.above0(
            config, config.doubleOr(256, "query_pre_attn_scalar"), "query_pre_attn_scalar");
    return GemmaArchitecture.spec(config)
        .attentionScale(1 / Math.sqrt(queryScale))
        .attentionSoftCap(SpecReader.limit(config, 50, "attn_logit_softcapping"))
        .attentionWindows(WindowReader.everySecondLayer(config))
        .logitSoftCap(SpecReader.limit(config, 30, "final_logit_softcapping"))
        .build();
  }

  private static FeedForward feedForward(
      LlamaModules modules, HuggingFaceConfig config, String path) {
    return FeedForward.Gated.of(
        modules.builder().ops(),
        modules.gateAndUp(path, false),
        new BranchOutput.Normed(
            modules.down(path, false), modules.norm(path + "post_feedforward_layernorm")),
        GateReader.gemmaGate(config, modules.builder().ops()));
  }
}
