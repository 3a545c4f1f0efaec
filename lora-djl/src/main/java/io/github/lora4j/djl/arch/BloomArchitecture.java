// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.arch;

import ai.djl.ndarray.NDManager;
import io.github.lora4j.djl.format.HuggingFaceConfig;
import io.github.lora4j.djl.nn.Activation;
import io.github.lora4j.djl.nn.AlibiPositions;
import io.github.lora4j.djl.nn.Decoder;
import io.github.lora4j.djl.nn.DecoderBuilder;
import io.github.lora4j.djl.nn.DecoderSpec;
import io.github.lora4j.djl.nn.FeedForward;
import io.github.lora4j.djl.nn.QkvLayout;
import io.github.lora4j.djl.nn.QueryKeyValue;
import io.github.lora4j.djl.nn.WeightSource;
import java.util.List;

/** BLOOM (Le Scao et al., 2022; transformers: {@code BloomForCausalLM}). */
public final class BloomArchitecture implements Architecture {
  @Override
  public String modelType() {
    return "bloom";
  }

  @Override
  public List<String> defaultTargets() {
    return List.of("query_key_value");
  }

  @Override
  public String optionalPrefix() {
    return "transformer.";
  }

  @Override
  public Decoder build(HuggingFaceConfig config, NDManager manager, WeightSource weights) {
    DecoderSpec spec = spec(config);
    DecoderBuilder builder = new DecoderBuilder(manager, weights, spec);
    builder.positions(new AlibiPositions(builder.ops(), spec.numHeads()));
    builder.embedding("transformer.word_embeddings");
    builder.embeddingNorm("transformer.word_embeddings_layernorm");
    for (int i = 0; i < spec.numLayers(); i++) {
      layer(builder, spec, "transformer.h." + i + ".");
    }
    builder.exit(builder.layerNorm("transformer.ln_f"));
    builder.head("lm_head");
    return builder.build();
  }

  /** ALiBi sets no limit to positions. */
  private static DecoderSpec spec(HuggingFaceConfig config) {
    int hidden = SpecReader.positive(config, "hidden_size", "n_embed");
    int heads = SpecReader.positive(config, "n_head", "num_attention_heads");
    int headDim = SpecReader.share(config, hidden, heads, "n_head");
    return SpecReader.checked(
        config,
        DecoderSpec.builder()
            .vocabularySize(SpecReader.positive(config, "vocab_size"))
            .hiddenSize(hidden)
            .intermediateSize(4 * hidden)
            .numLayers(SpecReader.positive(config, "n_layer", "num_hidden_layers"))
            .numHeads(heads)
            .headDim(headDim)
            .normEpsilon(
                SpecReader.above0(
                    config, config.doubleOr(1e-5, "layer_norm_epsilon"), "layer_norm_epsilon"))
            .residualAfterNorm(config.boolOr(false, "apply_residual_connection_post_layernorm"))
            .tiedHead(config.boolOr(true, "tie_word_embeddings"))
            .build());
  }

  private static void layer(DecoderBuilder builder, DecoderSpec spec, String path) {
    int hidden = spec.hiddenSize();
    int inner = spec.intermediateSize();
    builder.layer(
        builder.layerNorm(path + "input_layernorm"),
        new QueryKeyValue.Fused(
            builder.linear(path + "self_attention.query_key_value", hidden, 3 * hidden, true),
            QkvLayout.interleaved(builder.ops(), spec)),
        builder.linear(path + "self_attention.dense", hidden, hidden, true),
        builder.layerNorm(path + "post_attention_layernorm"),
        new FeedForward.Plain(
            builder.linear(path + "mlp.dense_h_to_4h", hidden, inner, true),
            builder.linear(path + "mlp.dense_4h_to_h", inner, hidden, true),
            Activation.geluTanh(builder.ops())));
  }
}
