// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.arch;

import ai.djl.ndarray.NDManager;
import io.github.lora4j.djl.format.HuggingFaceConfig;
import io.github.lora4j.djl.nn.AlibiPositions;
import io.github.lora4j.djl.nn.Decoder;
import io.github.lora4j.djl.nn.DecoderBuilder;
import io.github.lora4j.djl.nn.DecoderSpec;
import io.github.lora4j.djl.nn.FeedForward;
import io.github.lora4j.djl.nn.ModuleSlot;
import io.github.lora4j.djl.nn.PositionScheme;
import io.github.lora4j.djl.nn.QkvLayout;
import io.github.lora4j.djl.nn.QueryKeyValue;
import io.github.lora4j.djl.nn.RotaryPositions;
import io.github.lora4j.djl.nn.WeightSource;
import java.util.List;

/**
 * Falcon (Almazrouei et al., 2023; transformers: {@code FalconForCausalLM}) in its three forms:
 * falcon-rw (a key and a value for each query, often ALiBi), 7B (one for all queries), and the new
 * decoder architecture of 40B (one for each group of queries).
 */
public final class FalconArchitecture implements Architecture {
  @Override
  public String modelType() {
    return "falcon";
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
    builder.positions(positions(builder, spec, config));
    builder.embedding("transformer.word_embeddings");
    for (int i = 0; i < spec.numLayers(); i++) {
      layer(builder, spec, config, "transformer.h." + i + ".");
    }
    builder.exit(builder.layerNorm("transformer.ln_f"));
    builder.head("lm_head");
    return builder.build();
  }

  private static DecoderSpec spec(HuggingFaceConfig config) {
    if (isNew(config)) {
      SpecReader.require(config, "parallel_attn", true);
    }
    int hidden = SpecReader.positive(config, "hidden_size", "n_embed");
    int heads = SpecReader.positive(config, "num_attention_heads");
    return SpecReader.checked(
        config,
        DecoderSpec.builder()
            .vocabularySize(SpecReader.positive(config, "vocab_size"))
            .hiddenSize(hidden)
            .intermediateSize(SpecReader.positiveOr(config, 4 * hidden, "ffn_hidden_size"))
            .numLayers(SpecReader.positive(config, "num_hidden_layers"))
            .numHeads(heads)
            .keyValueHeads(keyValueHeads(config, heads))
            .headDim(SpecReader.share(config, hidden, heads, "num_attention_heads"))
            .maxPositions(RopeSettings.maxPositions(config))
            .normEpsilon(
                SpecReader.above0(
                    config, config.doubleOr(1e-5, "layer_norm_epsilon"), "layer_norm_epsilon"))
            .tiedHead(config.boolOr(true, "tie_word_embeddings"))
            .build());
  }

  private static boolean isNew(HuggingFaceConfig config) {
    return config.boolOr(false, "new_decoder_architecture");
  }

  private static boolean isMultiQuery(HuggingFaceConfig config) {
    return config.boolOr(true, "multi_query");
  }

  /** Only the new architecture reads {@code num_kv_heads}. */
  private static int keyValueHeads(HuggingFaceConfig config, int heads) {
    if (isNew(config)) {
      return config.intOr(heads, "num_kv_heads");
    }
    return isMultiQuery(config) ? 1 : heads;
  }

  private static PositionScheme positions(
      DecoderBuilder builder, DecoderSpec spec, HuggingFaceConfig config) {
    if (config.boolOr(false, "alibi")) {
      return AlibiPositions.ofFalcon(builder.ops(), spec.numHeads(), spec.headDim());
    }
    int rotaryDim = SpecReader.even(config, spec.headDim(), "num_attention_heads");
    RopeSettings rope = RopeSettings.of(config, rotaryDim);
    return new RotaryPositions(rotaryDim, rope.theta(), rope.scaling());
  }

  private static QkvLayout layout(
      DecoderBuilder builder, DecoderSpec spec, HuggingFaceConfig config) {
    if (isNew(config)) {
      return QkvLayout.grouped(builder.ops(), spec);
    }
    return isMultiQuery(config)
        ? QkvLayout.columns(builder.ops(), spec)
        : QkvLayout.interleaved(builder.ops(), spec);
  }

  private static void layer(
      DecoderBuilder builder, DecoderSpec spec, HuggingFaceConfig config, String path) {
    int hidden = spec.hiddenSize();
    int qkv = (spec.numHeads() + 2 * spec.keyValueHeads()) * spec.headDim();
    boolean bias = config.boolOr(false, "bias");
    boolean parallel = config.boolOr(true, "parallel_attn");
    boolean twoNorms = isNew(config) && config.intOr(2, "num_ln_in_parallel_attn") == 2;
    ModuleSlot norm = builder.layerNorm(path + (twoNorms ? "ln_attn" : "input_layernorm"));
    QueryKeyValue queryKeyValue =
        new QueryKeyValue.Fused(
            builder.linear(path + "self_attention.query_key_value", hidden, qkv, bias),
            layout(builder, spec, config));
    ModuleSlot output = builder.linear(path + "self_attention.dense", hidden, hidden, bias);
    if (parallel) {
      ModuleSlot second = twoNorms ? builder.layerNorm(path + "ln_mlp") : norm;
      FeedForward feedForward = feedForward(builder, spec, config, path);
      builder.parallelLayer(norm, queryKeyValue, output, second, feedForward);
    } else {
      ModuleSlot second = builder.layerNorm(path + "post_attention_layernorm");
      FeedForward feedForward = feedForward(builder, spec, config, path);
      builder.layer(norm, queryKeyValue, output, second, feedForward);
    }
  }

  private static FeedForward feedForward(
      DecoderBuilder builder, DecoderSpec spec, HuggingFaceConfig config, String path) {
    int hidden = spec.hiddenSize();
    int inner = spec.intermediateSize();
    boolean bias = config.boolOr(false, "bias");
    return new FeedForward.Plain(
        builder.linear(path + "mlp.dense_h_to_4h", hidden, inner, bias),
        builder.linear(path + "mlp.dense_4h_to_h", inner, hidden, bias),
        ActivationReader.plain(config, builder.ops(), "gelu", "activation"));
  }
}
