// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.arch;

import ai.djl.ndarray.NDManager;
import io.github.lora4j.djl.format.HuggingFaceConfig;
import io.github.lora4j.djl.nn.Decoder;
import io.github.lora4j.djl.nn.DecoderBuilder;
import io.github.lora4j.djl.nn.DecoderSpec;
import io.github.lora4j.djl.nn.FeedForward;
import io.github.lora4j.djl.nn.ModuleSlot;
import io.github.lora4j.djl.nn.PositionScheme;
import io.github.lora4j.djl.nn.QueryKeyValue;
import io.github.lora4j.djl.nn.RotaryPositions;
import io.github.lora4j.djl.nn.WeightSource;
import java.util.List;
import java.util.function.Consumer;

/** The modules of decoders whose tensors are named as Llama's are. */
final class LlamaModules {
  /** What PEFT adapts in most models whose modules are named so. */
  static final List<String> DEFAULT_TARGETS = List.of("q_proj", "v_proj");

  private final HuggingFaceConfig config;
  private final DecoderSpec spec;
  private final DecoderBuilder builder;

  /**
   * Begins a decoder whose heads rotate whole.
   *
   * @param config the configuration
   * @param spec the decoder's shape
   * @param manager owns every weight
   * @param weights where they come from
   */
  LlamaModules(
      HuggingFaceConfig config, DecoderSpec spec, NDManager manager, WeightSource weights) {
    this(config, rotary(config, spec.headDim()), spec, manager, weights);
  }

  /**
   * Begins a decoder.
   *
   * @param config the configuration
   * @param positions how order is known
   * @param spec the decoder's shape
   * @param manager owns every weight
   * @param weights where they come from
   */
  LlamaModules(
      HuggingFaceConfig config,
      PositionScheme positions,
      DecoderSpec spec,
      NDManager manager,
      WeightSource weights) {
    this.config = config;
    this.spec = spec;
    builder = new DecoderBuilder(manager, weights, spec);
    builder.positions(positions);
    builder.embedding("model.embed_tokens");
  }

  /** Rotary positions on the first values of each head. */
  static RotaryPositions rotary(HuggingFaceConfig config, int rotaryDim) {
    RopeSettings rope = RopeSettings.of(config, rotaryDim);
    return new RotaryPositions(rotaryDim, rope.theta(), rope.scaling());
  }

  /** What the configuration says of the shape, in Llama's fields. */
  static DecoderSpec.Builder spec(HuggingFaceConfig config) {
    int hidden = SpecReader.positive(config, "hidden_size");
    int heads = SpecReader.positive(config, "num_attention_heads");
    return DecoderSpec.builder()
        .vocabularySize(SpecReader.positive(config, "vocab_size"))
        .hiddenSize(hidden)
        .intermediateSize(SpecReader.positive(config, "intermediate_size"))
        .numLayers(SpecReader.positive(config, "num_hidden_layers"))
        .numHeads(heads)
        .keyValueHeads(config.intOr(heads, "num_key_value_heads"))
        .headDim(headDim(config, hidden, heads))
        .maxPositions(RopeSettings.maxPositions(config))
        .normEpsilon(
            SpecReader.above0(config, config.doubleOr(1e-6, "rms_norm_eps"), "rms_norm_eps"))
        .tiedHead(config.boolOr(false, "tie_word_embeddings"));
  }

  private static int headDim(HuggingFaceConfig config, int hidden, int heads) {
    return SpecReader.even(
        config,
        config.has("head_dim")
            ? config.intValue("head_dim")
            : SpecReader.share(config, hidden, heads, "num_attention_heads"),
        "head_dim");
  }

  DecoderBuilder builder() {
    return builder;
  }

  /** Adds the layers, each by the prefix of its modules, then norm and head. */
  Decoder build(Consumer<String> layer) {
    for (int i = 0; i < spec.numLayers(); i++) {
      layer.accept("model.layers." + i + ".");
    }
    builder.exit(norm("model.norm"));
    builder.head("lm_head");
    return builder.build();
  }

  private int queries() {
    return spec.numHeads() * spec.headDim();
  }

  private int keys() {
    return spec.keyValueHeads() * spec.headDim();
  }

  /** Three projections. */
  QueryKeyValue.Separate queryKeyValue(String path, boolean bias) {
    return QueryKeyValue.Separate.of(
        builder.ops(),
        spec,
        builder.linears(
            path + "self_attn.",
            List.of("q_proj", "k_proj", "v_proj"),
            spec.hiddenSize(),
            List.of(queries(), keys(), keys()),
            bias));
  }

  /** The projection out of attention. */
  ModuleSlot attentionOutput(String path, boolean bias) {
    return builder.linear(path + "self_attn.o_proj", queries(), spec.hiddenSize(), bias);
  }

  /** A norm of hidden states. */
  ModuleSlot norm(String name) {
    return builder.rmsNorm(name);
  }

  /** SwiGLU. */
  FeedForward feedForward(String path, boolean bias) {
    return FeedForward.Gated.of(
        builder.ops(),
        gateAndUp(path, bias),
        down(path, bias),
        GateReader.gate(config, builder.ops()));
  }

  /** The two maps that raise hidden states. */
  List<ModuleSlot> gateAndUp(String path, boolean bias) {
    int inner = spec.intermediateSize();
    return builder.linears(
        path + "mlp.",
        List.of("gate_proj", "up_proj"),
        spec.hiddenSize(),
        List.of(inner, inner),
        bias);
  }

  /** The map back to hidden states. */
  ModuleSlot down(String path, boolean bias) {
    return builder.linear(path + "mlp.down_proj", spec.intermediateSize(), spec.hiddenSize(), bias);
  }
}
