// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.arch;

import ai.djl.ndarray.NDManager;
import com.google.gson.JsonObject;
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

/**
 * MPT (MosaicML, 2023; transformers: {@code MptForCausalLM}). {@code alibi_bias_max} counts, which
 * transformers leaves at 8 whatever it is.
 */
public final class MptArchitecture implements Architecture {
  @Override
  public String modelType() {
    return "mpt";
  }

  @Override
  public List<String> defaultTargets() {
    return List.of("Wqkv");
  }

  @Override
  public String optionalPrefix() {
    return "transformer.";
  }

  @Override
  public Decoder build(HuggingFaceConfig config, NDManager manager, WeightSource weights) {
    DecoderSpec spec = spec(config);
    HuggingFaceConfig attention = attention(config);
    DecoderBuilder builder = new DecoderBuilder(manager, weights, spec);
    builder.positions(
        AlibiPositions.ofMpt(
            builder.ops(), spec.numHeads(), SpecReader.positiveOr(attention, 8, "alibi_bias_max")));
    builder.embedding("transformer.wte");
    for (int i = 0; i < spec.numLayers(); i++) {
      layer(builder, spec, attention, "transformer.blocks." + i + ".");
    }
    builder.exit(builder.layerNorm("transformer.norm_f", false));
    builder.head("lm_head");
    return builder.build();
  }

  private static DecoderSpec spec(HuggingFaceConfig config) {
    requireUnscaledLogits(config);
    int hidden = SpecReader.positive(config, "d_model", "hidden_size");
    int heads = SpecReader.positive(config, "n_heads", "num_attention_heads");
    return DecoderSpec.builder()
        .vocabularySize(SpecReader.positive(config, "vocab_size"))
        .hiddenSize(hidden)
        .intermediateSize(SpecReader.positiveOr(config, 4, "expansion_ratio") * hidden)
        .numLayers(SpecReader.positive(config, "n_layers", "num_hidden_layers"))
        .numHeads(heads)
        .headDim(SpecReader.share(config, hidden, heads, "n_heads"))
        .maxPositions(SpecReader.positiveOr(config, 2048, "max_seq_len"))
        .normEpsilon(
            SpecReader.above0(
                config, config.doubleOr(1e-5, "layer_norm_epsilon"), "layer_norm_epsilon"))
        .tiedHead(config.boolOr(true, "tie_word_embeddings"))
        .build();
  }

  private static void requireUnscaledLogits(HuggingFaceConfig config) {
    if (config.has("logit_scale")) {
      throw config.error("logit_scale", "is set; logits that are scaled are not supported");
    }
  }

  /** What {@code attn_config} says, which may be left out. */
  private static HuggingFaceConfig attention(HuggingFaceConfig config) {
    HuggingFaceConfig attention =
        config
            .object("attn_config")
            .orElseGet(() -> HuggingFaceConfig.of(config.path(), new JsonObject()));
    SpecReader.require(attention, "alibi", true);
    SpecReader.require(attention, "qk_ln", false);
    SpecReader.require(attention, "prefix_lm", false);
    SpecReader.require(attention, "attn_uses_sequence_id", false);
    if (attention.has("softmax_scale")) {
      throw attention.error("softmax_scale", "is set; supported is 1 / sqrt(d_model / n_heads)");
    }
    return attention;
  }

  private static void layer(
      DecoderBuilder builder, DecoderSpec spec, HuggingFaceConfig attention, String path) {
    int hidden = spec.hiddenSize();
    int inner = spec.intermediateSize();
    builder.layer(
        builder.layerNorm(path + "norm_1", false),
        clipped(
            builder,
            attention,
            new QueryKeyValue.Fused(
                builder.linear(path + "attn.Wqkv", hidden, 3 * hidden, false),
                QkvLayout.columns(builder.ops(), spec))),
        builder.linear(path + "attn.out_proj", hidden, hidden, false),
        builder.layerNorm(path + "norm_2", false),
        new FeedForward.Plain(
            builder.linear(path + "ffn.up_proj", hidden, inner, false),
            builder.linear(path + "ffn.down_proj", inner, hidden, false),
            Activation.gelu(builder.ops())));
  }

  private static QueryKeyValue clipped(
      DecoderBuilder builder, HuggingFaceConfig attention, QueryKeyValue projection) {
    double limit = attention.doubleOr(0, "clip_qkv");
    return limit == 0
        ? projection
        : QueryKeyValue.Clipped.of(
            builder.ops(), projection, SpecReader.above0(attention, limit, "clip_qkv"));
  }
}
