// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.arch;

import ai.djl.ndarray.NDManager;
import io.github.lora4j.djl.format.HuggingFaceConfig;
import io.github.lora4j.djl.kernel.RotaryPairing;
import io.github.lora4j.djl.nn.Decoder;
import io.github.lora4j.djl.nn.DecoderBuilder;
import io.github.lora4j.djl.nn.DecoderSpec;
import io.github.lora4j.djl.nn.FeedForward;
import io.github.lora4j.djl.nn.ModuleSlot;
import io.github.lora4j.djl.nn.QueryKeyValue;
import io.github.lora4j.djl.nn.RopeScaling;
import io.github.lora4j.djl.nn.RotaryPositions;
import io.github.lora4j.djl.nn.WeightSource;
import java.util.List;

/** GPT-J (Wang and Komatsuzaki, 2021; transformers: {@code GPTJForCausalLM}). */
public final class GptjArchitecture implements Architecture {
  private static final double ROTARY_BASE = 10_000;

  @Override
  public String modelType() {
    return "gptj";
  }

  @Override
  public List<String> defaultTargets() {
    return List.of("q_proj", "v_proj");
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
    builder.positions(
        new RotaryPositions(
            SpecReader.rotaryDim(
                config, config.intOr(64, "rotary_dim"), spec.headDim(), "rotary_dim"),
            ROTARY_BASE,
            new RopeScaling.None(),
            RotaryPairing.NEIGHBOURS));
    builder.embedding("transformer.wte");
    for (int i = 0; i < spec.numLayers(); i++) {
      layer(builder, spec, config, "transformer.h." + i + ".");
    }
    builder.exit(builder.layerNorm("transformer.ln_f"));
    builder.head("lm_head", true);
    return builder.build();
  }

  private static DecoderSpec spec(HuggingFaceConfig config) {
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
        .tiedHead(config.boolOr(false, "tie_word_embeddings"))
        .build();
  }

  private static void layer(
      DecoderBuilder builder, DecoderSpec spec, HuggingFaceConfig config, String path) {
    int hidden = spec.hiddenSize();
    int inner = spec.intermediateSize();
    ModuleSlot norm = builder.layerNorm(path + "ln_1");
    builder.parallelLayer(
        norm,
        QueryKeyValue.Separate.of(
            builder.ops(),
            spec,
            builder.linears(
                path + "attn.",
                List.of("q_proj", "k_proj", "v_proj"),
                hidden,
                List.of(hidden, hidden, hidden),
                false)),
        builder.linear(path + "attn.out_proj", hidden, hidden, false),
        norm,
        new FeedForward.Plain(
            builder.linear(path + "mlp.fc_in", hidden, inner, true),
            builder.linear(path + "mlp.fc_out", inner, hidden, true),
            ActivationReader.plain(config, builder.ops(), "gelu_new", "activation_function")));
  }
}
