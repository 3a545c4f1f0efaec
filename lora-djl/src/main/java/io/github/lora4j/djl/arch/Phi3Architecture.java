// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.arch;

import ai.djl.ndarray.NDManager;
import io.github.lora4j.djl.format.HuggingFaceConfig;
import io.github.lora4j.djl.nn.Decoder;
import io.github.lora4j.djl.nn.DecoderBuilder;
import io.github.lora4j.djl.nn.DecoderSpec;
import io.github.lora4j.djl.nn.FeedForward;
import io.github.lora4j.djl.nn.QkvLayout;
import io.github.lora4j.djl.nn.QueryKeyValue;
import io.github.lora4j.djl.nn.WeightSource;
import java.util.List;

/**
 * Phi 3, 3.5 and 4 mini (Abdin et al., 2024; transformers: {@code Phi3ForCausalLM}): Llama with one
 * projection onto queries, keys and values, one onto gate and up, and perhaps a part of each head
 * that does not rotate.
 */
public final class Phi3Architecture implements Architecture {
  @Override
  public String modelType() {
    return "phi3";
  }

  /** {@inheritDoc} PEFT has none for this family. */
  @Override
  public List<String> defaultTargets() {
    return List.of();
  }

  @Override
  public Decoder build(HuggingFaceConfig config, NDManager manager, WeightSource weights) {
    DecoderSpec spec =
        SpecReader.checked(
            config,
            LlamaModules.spec(config).attentionWindows(WindowReader.everywhere(config)).build());
    int rotaryDim = RopeSettings.rotaryDim(config, spec.headDim());
    LlamaModules modules =
        new LlamaModules(config, LlamaModules.rotary(config, rotaryDim), spec, manager, weights);
    return modules.build(
        path ->
            modules
                .builder()
                .layer(
                    modules.norm(path + "input_layernorm"),
                    queryKeyValue(modules.builder(), spec, path),
                    modules.attentionOutput(path, false),
                    modules.norm(path + "post_attention_layernorm"),
                    feedForward(modules, spec, config, path)));
  }

  private static QueryKeyValue queryKeyValue(
      DecoderBuilder builder, DecoderSpec spec, String path) {
    int width = (spec.numHeads() + 2 * spec.keyValueHeads()) * spec.headDim();
    return new QueryKeyValue.Fused(
        builder.linear(path + "self_attn.qkv_proj", spec.hiddenSize(), width, false),
        QkvLayout.columns(builder.ops(), spec));
  }

  private static FeedForward feedForward(
      LlamaModules modules, DecoderSpec spec, HuggingFaceConfig config, String path) {
    DecoderBuilder builder = modules.builder();
    return FeedForward.Gated.of(
        builder.ops(),
        List.of(
            builder.linear(
                path + "mlp.gate_up_proj", spec.hiddenSize(), 2 * spec.intermediateSize(), false)),
        modules.down(path, false),
        GateReader.gate(config, builder.ops()));
  }
}
