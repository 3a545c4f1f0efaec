package io.github.lora4j.djl.arch;

import ai.djl.ndarray.NDManager;
import io.github.lora4j.djl.format.HuggingFaceConfig;
import io.github.lora4j.djl.nn.Decoder;
import io.github.lora4j.djl.nn.DecoderBuilder;
import io.github.lora4j.djl.nn.DecoderSpec;
import io.github.lora4j.djl.nn.FeedForward;
import io.github.lora4j.djl.nn.QueryKeyValue;
import io.github.lora4j.djl.nn.RotaryPositions;
import io.github.lora4j.djl.nn.WeightSource;
import java.util.List;

/** Llama 1 to 3 (Touvron et al., 2023; transformers: {@code LlamaForCausalLM}). */
public final class LlamaArchitecture implements Architecture {
  @Override
  public String modelType() {
    return "llama";
  }

  @Override
  public List<String> defaultTargets() {
    return List.of("q_proj", "v_proj");
  }

  @Override
  public List<String> unusedTensors() {
    return List.of("model\\.layers\\.\\d+\\.self_attn\\.rotary_emb\\.inv_freq");
  }

  @Override
  public Decoder build(HuggingFaceConfig config, NDManager manager, WeightSource weights) {
    DecoderSpec spec = spec(config);
    DecoderBuilder builder = new DecoderBuilder(manager, weights, spec);
    RopeSettings rope = RopeSettings.of(config);
    builder.positions(new RotaryPositions(spec.headDim(), rope.theta(), rope.scaling()));
    builder.embedding("model.embed_tokens");
    for (int i = 0; i < spec.numLayers(); i++) {
      layer(builder, spec, config, "model.layers." + i + ".");
    }
    builder.exit(builder.rmsNorm("model.norm"));
    builder.head("lm_head");
    return builder.build();
  }

  private static DecoderSpec spec(HuggingFaceConfig config) {
    int hidden = SpecReader.positive(config, "hidden_size");
    int heads = SpecReader.positive(config, "num_attention_heads");
    return SpecReader.checked(
        config,
        DecoderSpec.builder()
            .vocabularySize(SpecReader.positive(config, "vocab_size"))
            .hiddenSize(hidden)
            .intermediateSize(SpecReader.positive(config, "intermediate_size"))
            .numLayers(SpecReader.positive(config, "num_hidden_layers"))
            .numHeads(heads)
            .keyValueHeads(config.intOr(heads, "num_key_value_heads"))
            .headDim(headDim(config, hidden, heads))
            .maxPositions(SpecReader.positiveOr(config, 2048, "max_position_embeddings"))
            .normEpsilon(
                SpecReader.above0(config, config.doubleOr(1e-6, "rms_norm_eps"), "rms_norm_eps"))
            .tiedHead(config.boolOr(false, "tie_word_embeddings"))
            .build());
  }

  private static int headDim(HuggingFaceConfig config, int hidden, int heads) {
    return SpecReader.even(
        config,
        config.has("head_dim")
            ? config.intValue("head_dim")
            : SpecReader.share(config, hidden, heads, "num_attention_heads"),
        "head_dim");
  }

  private static void layer(
      DecoderBuilder builder, DecoderSpec spec, HuggingFaceConfig config, String path) {
    boolean attentionBias = config.boolOr(false, "attention_bias");
    boolean mlpBias = config.boolOr(false, "mlp_bias");
    int hidden = spec.hiddenSize();
    int inner = spec.intermediateSize();
    int queries = spec.numHeads() * spec.headDim();
    int keys = spec.keyValueHeads() * spec.headDim();
    builder.layer(
        builder.rmsNorm(path + "input_layernorm"),
        QueryKeyValue.Separate.of(
            builder.ops(),
            spec,
            builder.linears(
                path + "self_attn.",
                List.of("q_proj", "k_proj", "v_proj"),
                hidden,
                List.of(queries, keys, keys),
                attentionBias)),
        builder.linear(path + "self_attn.o_proj", queries, hidden, attentionBias),
        builder.rmsNorm(path + "post_attention_layernorm"),
        FeedForward.Gated.of(
            builder.ops(),
            builder.linears(
                path + "mlp.",
                List.of("gate_proj", "up_proj"),
                hidden,
                List.of(inner, inner),
                mlpBias),
            builder.linear(path + "mlp.down_proj", inner, hidden, mlpBias),
            GateReader.gate(config, builder.ops())));
  }
}
