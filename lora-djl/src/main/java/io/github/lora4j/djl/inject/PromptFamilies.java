// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.PrefixTuningConfig;
import io.github.lora4j.PromptDimensions;
import io.github.lora4j.PromptEncoderConfig;
import io.github.lora4j.PromptTuningConfig;
import io.github.lora4j.data.LlmTokenizer;
import io.github.lora4j.djl.nn.Decoder;
import io.github.lora4j.djl.nn.DecoderSpec;
import io.github.lora4j.djl.nn.VirtualTokens;
import io.github.lora4j.djl.prompt.EncodedTokens;
import io.github.lora4j.djl.prompt.StoredTokens;
import io.github.lora4j.djl.prompt.TokenNetwork;
import java.util.List;
import java.util.function.Supplier;

/** The kinds of virtual tokens that a decoder takes. */
final class PromptFamilies {
  private final Decoder decoder;

  private PromptFamilies(Decoder decoder) {
    this.decoder = decoder;
  }

  /**
   * Lists them.
   *
   * @param decoder the decoder
   * @param tokenizer its tokenizer, asked for a prompt that begins with a text
   * @return prompt tuning, prefix tuning, P-tuning
   */
  static List<AdapterFamily<?>> of(Decoder decoder, Supplier<LlmTokenizer> tokenizer) {
    PromptFamilies families = new PromptFamilies(decoder);
    return List.of(
        families.promptTuning(tokenizer), families.prefixTuning(), families.promptEncoder());
  }

  private VirtualTokensFamily<PromptTuningConfig> promptTuning(Supplier<LlmTokenizer> tokenizer) {
    return new VirtualTokensFamily<>(
        PromptTuningConfig.class,
        decoder,
        decoder.prompt(),
        ofPrompt(),
        ofPrompt().tokenDim(),
        PromptTuningConfig::forDecoder,
        (config, manager) ->
            new StoredTokens(
                new FirstPrompt(decoder, tokenizer)
                    .vectors(config.initialization(), config.numVirtualTokens(), manager)));
  }

  private VirtualTokensFamily<PromptEncoderConfig> promptEncoder() {
    return new VirtualTokensFamily<>(
        PromptEncoderConfig.class,
        decoder,
        decoder.prompt(),
        ofPrompt(),
        ofPrompt().tokenDim(),
        PromptEncoderConfig::forDecoder,
        (config, manager) -> encoded(network(config), config.numVirtualTokens(), manager));
  }

  private TokenNetwork network(PromptEncoderConfig config) {
    int width = ofPrompt().tokenDim();
    int hidden = config.encoderHiddenSize().orElse(width);
    return switch (config.encoderType()) {
      case MLP -> TokenNetwork.mlp(width, hidden);
      case LSTM ->
          TokenNetwork.lstm(width, hidden, config.encoderNumLayers(), config.encoderDropout());
    };
  }

  private VirtualTokensFamily<PrefixTuningConfig> prefixTuning() {
    return new VirtualTokensFamily<>(
        PrefixTuningConfig.class,
        decoder,
        decoder.prefix(),
        ofPrefix(),
        ofPrefix().numLayers() * 2 * ofPrefix().tokenDim(),
        PrefixTuningConfig::forDecoder,
        this::prefix);
  }

  private VirtualTokens prefix(PrefixTuningConfig config, NDManager manager) {
    int keys = ofPrefix().tokenDim();
    int width = ofPrefix().numLayers() * 2 * keys;
    if (config.prefixProjection()) {
      int hidden = config.encoderHiddenSize().orElse(keys);
      return encoded(
          TokenNetwork.projection(keys, hidden, width, config.zeroInitialization()),
          config.numVirtualTokens(),
          manager);
    }
    Shape shape = new Shape(config.numVirtualTokens(), width);
    return new StoredTokens(
        config.zeroInitialization()
            ? manager.zeros(shape, DataType.FLOAT32)
            : manager.randomNormal(0f, 1f, shape, DataType.FLOAT32));
  }

  private EncodedTokens encoded(TokenNetwork network, int count, NDManager manager) {
    return EncodedTokens.random(decoder.ops(), network, count, manager);
  }

  private PromptDimensions ofPrompt() {
    DecoderSpec spec = decoder.spec();
    return new PromptDimensions(
        decoder.embedding().module().outFeatures(), spec.numLayers(), spec.numHeads());
  }

  private PromptDimensions ofPrefix() {
    DecoderSpec spec = decoder.spec();
    return new PromptDimensions(
        spec.keyValueHeads() * spec.headDim(), spec.numLayers(), spec.keyValueHeads());
  }
}
