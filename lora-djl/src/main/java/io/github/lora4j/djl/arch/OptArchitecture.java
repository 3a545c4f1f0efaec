// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.arch;

import ai.djl.ndarray.NDManager;
import io.github.lora4j.djl.format.HuggingFaceConfig;
import io.github.lora4j.djl.nn.Decoder;
import io.github.lora4j.djl.nn.DecoderBuilder;
import io.github.lora4j.djl.nn.DecoderSpec;
import io.github.lora4j.djl.nn.FeedForward;
import io.github.lora4j.djl.nn.ModuleSlot;
import io.github.lora4j.djl.nn.PositionCounting;
import io.github.lora4j.djl.nn.QueryKeyValue;
import io.github.lora4j.djl.nn.WeightSource;
import java.util.List;

/** OPT (Zhang et al., 2022; transformers: {@code OPTForCausalLM}). */
public final class OptArchitecture implements Architecture {
  /** The first rows of the table of positions are left over from fairseq's padding id. */
  private static final int POSITION_OFFSET = 2;

  /** torch's own, which no configuration changes. */
  private static final double NORM_EPSILON = 1e-5;

  @Override
  public String modelType() {
    return "opt";
  }

  @Override
  public List<String> defaultTargets() {
    return List.of("q_proj", "v_proj");
  }

  @Override
  public String optionalPrefix() {
    return "model.";
  }

  @Override
  public Decoder build(HuggingFaceConfig config, NDManager manager, WeightSource weights) {
    DecoderSpec spec = spec(config);
    DecoderBuilder builder = new DecoderBuilder(manager, weights, spec);
    int width = SpecReader.positiveOr(config, spec.hiddenSize(), "word_embed_proj_dim");
    boolean projected = width != spec.hiddenSize();
    builder.embedding("model.decoder.embed_tokens", width);
    if (projected) {
      builder.embeddingProjection("model.decoder.project_in", width);
    }
    builder.learnedPositions(
        "model.decoder.embed_positions", POSITION_OFFSET, PositionCounting.TOKENS);
    for (int i = 0; i < spec.numLayers(); i++) {
      layer(builder, spec, config, "model.decoder.layers." + i + ".");
    }
    if (normsBefore(config) && !config.boolOr(false, "_remove_final_layer_norm")) {
      builder.exit(builder.layerNorm("model.decoder.final_layer_norm"));
    }
    if (projected) {
      builder.exit(builder.linear("model.decoder.project_out", spec.hiddenSize(), width, false));
    }
    builder.head("lm_head");
    return builder.build();
  }

  private static boolean normsBefore(HuggingFaceConfig config) {
    return config.boolOr(true, "do_layer_norm_before");
  }

  private static DecoderSpec spec(HuggingFaceConfig config) {
    SpecReader.require(config, "layer_norm_elementwise_affine", true);
    int hidden = SpecReader.positive(config, "hidden_size");
    int heads = SpecReader.positive(config, "num_attention_heads");
    return DecoderSpec.builder()
        .vocabularySize(SpecReader.positive(config, "vocab_size"))
        .hiddenSize(hidden)
        .intermediateSize(SpecReader.positive(config, "ffn_dim"))
        .numLayers(SpecReader.positive(config, "num_hidden_layers"))
        .numHeads(heads)
        .headDim(SpecReader.share(config, hidden, heads, "num_attention_heads"))
        .maxPositions(SpecReader.positiveOr(config, 2048, "max_position_embeddings"))
        .normEpsilon(NORM_EPSILON)
        .tiedHead(config.boolOr(true, "tie_word_embeddings"))
        .build();
  }

  private static void layer(
      DecoderBuilder builder, DecoderSpec spec, HuggingFaceConfig config, String path) {
    int hidden = spec.hiddenSize();
    int inner = spec.intermediateSize();
    boolean bias = config.boolOr(true, "enable_bias");
    QueryKeyValue queryKeyValue =
        QueryKeyValue.Separate.of(
            builder.ops(),
            spec,
            builder.linears(
                path + "self_attn.",
                List.of("q_proj", "k_proj", "v_proj"),
                hidden,
                List.of(hidden, hidden, hidden),
                bias));
    ModuleSlot output = builder.linear(path + "self_attn.out_proj", hidden, hidden, bias);
    ModuleSlot attentionNorm = builder.layerNorm(path + "self_attn_layer_norm");
    FeedForward feedForward =
        new FeedForward.Plain(
            builder.linear(path + "fc1", hidden, inner, bias),
            builder.linear(path + "fc2", inner, hidden, bias),
            ActivationReader.plain(config, builder.ops(), "relu", "activation_function"));
    ModuleSlot feedForwardNorm = builder.layerNorm(path + "final_layer_norm");
    if (normsBefore(config)) {
      builder.layer(attentionNorm, queryKeyValue, output, feedForwardNorm, feedForward);
    } else {
      builder.postNormLayer(queryKeyValue, output, attentionNorm, feedForward, feedForwardNorm);
    }
  }
}
