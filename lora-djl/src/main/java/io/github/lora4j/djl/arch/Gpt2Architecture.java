// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.arch;

import ai.djl.ndarray.NDManager;
import io.github.lora4j.djl.format.HuggingFaceConfig;
import io.github.lora4j.djl.nn.Decoder;
import io.github.lora4j.djl.nn.DecoderBuilder;
import io.github.lora4j.djl.nn.DecoderSpec;
import io.github.lora4j.djl.nn.FeedForward;
import io.github.lora4j.djl.nn.PositionCounting;
import io.github.lora4j.djl.nn.QkvLayout;
import io.github.lora4j.djl.nn.QueryKeyValue;
import io.github.lora4j.djl.nn.WeightSource;
import java.util.List;

/** GPT-2 (Radford et al., 2019; transformers: {@code GPT2LMHeadModel}). */
public final class Gpt2Architecture implements Architecture {
  @Override
  public String modelType() {
    return "gpt2";
  }

  @Override
  public List<String> defaultTargets() {
    return List.of("c_attn");
  }

  @Override
  public String optionalPrefix() {
    return "transformer.";
  }

  @Override
  public List<String> unusedTensors() {
    return List.of("(transformer\\.)?h\\.\\d+\\.attn\\.(bias|masked_bias)");
  }

  @Override
  public Decoder build(HuggingFaceConfig config, NDManager manager, WeightSource weights) {
    DecoderSpec spec = spec(config);
    DecoderBuilder builder = new DecoderBuilder(manager, weights, spec);
    builder.embedding("transformer.wte");
    builder.learnedPositions("transformer.wpe", 0, PositionCounting.COLUMNS);
    for (int i = 0; i < spec.numLayers(); i++) {
      layer(builder, spec, config, "transformer.h." + i + ".");
    }
    builder.exit(builder.layerNorm("transformer.ln_f"));
    builder.head("lm_head");
    return builder.build();
  }

  private static DecoderSpec spec(HuggingFaceConfig config) {
    SpecReader.require(config, "scale_attn_weights", true);
    SpecReader.require(config, "scale_attn_by_inverse_layer_idx", false);
    SpecReader.require(config, "add_cross_attention", false);
    int hidden = SpecReader.positive(config, "n_embd", "hidden_size");
    int heads = SpecReader.positive(config, "n_head", "num_attention_heads");
    return DecoderSpec.builder()
        .vocabularySize(SpecReader.positive(config, "vocab_size"))
        .hiddenSize(hidden)
        .intermediateSize(SpecReader.positiveOr(config, 4 * hidden, "n_inner"))
        .numLayers(SpecReader.positive(config, "n_layer", "num_hidden_layers"))
        .numHeads(heads)
        .headDim(SpecReader.share(config, hidden, heads, "n_head"))
        .maxPositions(SpecReader.positive(config, "n_positions", "max_position_embeddings"))
        .normEpsilon(
            SpecReader.above0(
                config, config.doubleOr(1e-5, "layer_norm_epsilon"), "layer_norm_epsilon"))
        .tiedHead(config.boolOr(true, "tie_word_embeddings"))
        .build();
  }

  private static void layer(
      DecoderBuilder builder, DecoderSpec spec, HuggingFaceConfig config, String path) {
    int hidden = spec.hiddenSize();
    int inner = spec.intermediateSize();
    builder.layer(
        builder.layerNorm(path + "ln_1"),
        new QueryKeyValue.Fused(
            builder.conv1d(path + "attn.c_attn", hidden, 3 * hidden),
            QkvLayout.columns(builder.ops(), spec)),
        builder.conv1d(path + "attn.c_proj", hidden, hidden),
        builder.layerNorm(path + "ln_2"),
        new FeedForward.Plain(
            builder.conv1d(path + "mlp.c_fc", hidden, inner),
            builder.conv1d(path + "mlp.c_proj", inner, hidden),
            ActivationReader.plain(config, builder.ops(), "gelu_new", "activation_function")));
  }
}
