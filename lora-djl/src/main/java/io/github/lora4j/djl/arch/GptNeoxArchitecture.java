// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.arch;

import ai.djl.ndarray.NDManager;
import io.github.lora4j.djl.format.HuggingFaceConfig;
import io.github.lora4j.djl.nn.Decoder;
import io.github.lora4j.djl.nn.DecoderBuilder;
import io.github.lora4j.djl.nn.DecoderSpec;
import io.github.lora4j.djl.nn.FeedForward;
import io.github.lora4j.djl.nn.ModuleSlot;
import io.github.lora4j.djl.nn.QkvLayout;
import io.github.lora4j.djl.nn.QueryKeyValue;
import io.github.lora4j.djl.nn.RotaryPositions;
import io.github.lora4j.djl.nn.WeightSource;
import java.util.List;

/** GPT-NeoX and Pythia (Black et al., 2022; transformers: {@code GPTNeoXForCausalLM}). */
public final class GptNeoxArchitecture implements Architecture {
  private static final double DEFAULT_ROTARY_PART = 0.25;

  @Override
  public String modelType() {
    return "gpt_neox";
  }

  @Override
  public List<String> defaultTargets() {
    return List.of("query_key_value");
  }

  @Override
  public List<String> unusedTensors() {
    return List.of(
        "gpt_neox\\.layers\\.\\d+\\.attention\\.(bias|masked_bias|rotary_emb\\.inv_freq)");
  }

  @Override
  public Decoder build(HuggingFaceConfig config, NDManager manager, WeightSource weights) {
    DecoderSpec spec = spec(config);
    DecoderBuilder builder = new DecoderBuilder(manager, weights, spec);
    int rotaryDim = rotaryDim(config, spec.headDim());
    RopeSettings rope = RopeSettings.of(config, rotaryDim);
    builder.positions(new RotaryPositions(rotaryDim, rope.theta(), rope.scaling()));
    builder.embedding("gpt_neox.embed_in");
    for (int i = 0; i < spec.numLayers(); i++) {
      layer(builder, spec, config, "gpt_neox.layers." + i + ".");
    }
    builder.exit(builder.layerNorm("gpt_neox.final_layer_norm"));
    builder.head("embed_out");
    return builder.build();
  }

  private static DecoderSpec spec(HuggingFaceConfig config) {
    int hidden = SpecReader.positive(config, "hidden_size");
    int heads = SpecReader.positive(config, "num_attention_heads");
    return DecoderSpec.builder()
        .vocabularySize(SpecReader.positive(config, "vocab_size"))
        .hiddenSize(hidden)
        .intermediateSize(SpecReader.positive(config, "intermediate_size"))
        .numLayers(SpecReader.positive(config, "num_hidden_layers"))
        .numHeads(heads)
        .headDim(SpecReader.share(config, hidden, heads, "num_attention_heads"))
        .maxPositions(RopeSettings.maxPositions(config))
        .normEpsilon(
            SpecReader.above0(config, config.doubleOr(1e-5, "layer_norm_eps"), "layer_norm_eps"))
        .tiedHead(config.boolOr(false, "tie_word_embeddings"))
        .build();
  }

  private static int rotaryDim(HuggingFaceConfig config, int headDim) {
    double part =
        config
            .object("rope_parameters")
            .filter(rope -> rope.has("partial_rotary_factor"))
            .map(rope -> rope.doubleValue("partial_rotary_factor"))
            .orElseGet(() -> config.doubleOr(DEFAULT_ROTARY_PART, "rotary_pct"));
    return SpecReader.rotaryDim(config, (int) (headDim * part), headDim, "rotary_pct");
  }

  private static void layer(
      DecoderBuilder builder, DecoderSpec spec, HuggingFaceConfig config, String path) {
    int hidden = spec.hiddenSize();
    int inner = spec.intermediateSize();
    boolean bias = config.boolOr(true, "attention_bias");
    ModuleSlot attentionNorm = builder.layerNorm(path + "input_layernorm");
    QueryKeyValue queryKeyValue =
        new QueryKeyValue.Fused(
            builder.linear(path + "attention.query_key_value", hidden, 3 * hidden, bias),
            QkvLayout.interleaved(builder.ops(), spec));
    ModuleSlot output = builder.linear(path + "attention.dense", hidden, hidden, bias);
    ModuleSlot feedForwardNorm = builder.layerNorm(path + "post_attention_layernorm");
    FeedForward feedForward =
        new FeedForward.Plain(
            builder.linear(path + "mlp.dense_h_to_4h", hidden, inner, true),
            builder.linear(path + "mlp.dense_4h_to_h", inner, hidden, true),
            ActivationReader.plain(config, builder.ops(), "gelu", "hidden_act"));
    if (config.boolOr(true, "use_parallel_residual")) {
      builder.parallelLayer(attentionNorm, queryKeyValue, output, feedForwardNorm, feedForward);
    } else {
      builder.layer(attentionNorm, queryKeyValue, output, feedForwardNorm, feedForward);
    }
  }
}
