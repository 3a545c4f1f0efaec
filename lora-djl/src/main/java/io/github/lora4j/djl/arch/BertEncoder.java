// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.arch;

import ai.djl.ndarray.NDManager;
import io.github.lora4j.djl.format.HuggingFaceConfig;
import io.github.lora4j.djl.nn.Activation;
import io.github.lora4j.djl.nn.EncoderBuilder;
import io.github.lora4j.djl.nn.EncoderPositions;
import io.github.lora4j.djl.nn.EncoderSpec;
import io.github.lora4j.djl.nn.FeedForward;
import io.github.lora4j.djl.nn.WeightSource;
import java.util.List;

/** What BERT and RoBERTa have in common: embeddings, layers, and the fields that say how large. */
final class BertEncoder {
  private BertEncoder() {}

  /**
   * Starts an encoder up to its last layer.
   *
   * @param config the configuration
   * @param manager owns every weight
   * @param weights where they come from
   * @param path what the modules' paths begin with, such as {@code bert.}
   * @param positions which rows of the positions tokens take
   * @return the encoder, its head to be added
   */
  static EncoderBuilder begin(
      HuggingFaceConfig config,
      NDManager manager,
      WeightSource weights,
      String path,
      EncoderPositions positions) {
    EncoderSpec spec = spec(config);
    requireEncoder(config);
    EncoderBuilder builder = new EncoderBuilder(manager, weights, spec);
    builder.embedding(path + "embeddings.", positions);
    for (int i = 0; i < spec.numLayers(); i++) {
      layer(builder, spec, config, path + "encoder.layer." + i + ".");
    }
    return builder;
  }

  private static EncoderSpec spec(HuggingFaceConfig config) {
    int hidden = SpecReader.positive(config, "hidden_size");
    int heads = SpecReader.positive(config, "num_attention_heads");
    SpecReader.share(config, hidden, heads, "num_attention_heads");
    return new EncoderSpec(
        SpecReader.positive(config, "vocab_size"),
        hidden,
        SpecReader.positive(config, "intermediate_size"),
        SpecReader.positive(config, "num_hidden_layers"),
        heads,
        SpecReader.positive(config, "max_position_embeddings"),
        SpecReader.positiveOr(config, 2, "type_vocab_size"),
        SpecReader.above0(config, config.doubleOr(1e-12, "layer_norm_eps"), "layer_norm_eps"));
  }

  private static void requireEncoder(HuggingFaceConfig config) {
    if (config.boolOr(false, "is_decoder") || config.boolOr(false, "add_cross_attention")) {
      throw config.error(
          "is_decoder", "is true: expected an encoder, whose tokens see their whole sequence");
    }
    String positions = config.stringOr("absolute", "position_embedding_type");
    if (!positions.equals("absolute")) {
      throw config.error(
          "position_embedding_type",
          "\"%s\" is not supported; supported is absolute".formatted(positions));
    }
  }

  /** The activation of the layers and of the masked language model's head. */
  static Activation activation(HuggingFaceConfig config, EncoderBuilder builder) {
    return ActivationReader.plain(config, builder.ops(), "gelu", "hidden_act");
  }

  private static void layer(
      EncoderBuilder builder, EncoderSpec spec, HuggingFaceConfig config, String path) {
    int hidden = spec.hiddenSize();
    int inner = spec.intermediateSize();
    builder.layer(
        builder.queryKeyValue(path + "attention.self.", List.of("query", "key", "value")),
        builder.linear(path + "attention.output.dense", hidden, hidden),
        builder.layerNorm(path + "attention.output.LayerNorm"),
        new FeedForward.Plain(
            builder.linear(path + "intermediate.dense", hidden, inner),
            builder.linear(path + "output.dense", inner, hidden),
            activation(config, builder)),
        builder.layerNorm(path + "output.LayerNorm"));
  }

  /** Checkpoints that were converted from TensorFlow call a norm's weight and bias so. */
  static String inTensorFlow(String name) {
    return name.replaceFirst("LayerNorm\\.weight$", "LayerNorm.gamma")
        .replaceFirst("LayerNorm\\.bias$", "LayerNorm.beta");
  }

  /** Whether the masked language model's head shares the word embedding's table. */
  static boolean isTied(HuggingFaceConfig config) {
    return config.boolOr(true, "tie_word_embeddings");
  }
}
