// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.arch;

import ai.djl.ndarray.NDManager;
import io.github.lora4j.djl.format.HuggingFaceConfig;
import io.github.lora4j.djl.nn.Encoder;
import io.github.lora4j.djl.nn.EncoderBuilder;
import io.github.lora4j.djl.nn.EncoderPositions;
import io.github.lora4j.djl.nn.WeightSource;
import io.github.lora4j.target.AdaptableModule;
import java.util.List;

/**
 * RoBERTa (Liu et al., 2019; transformers: {@code RobertaForSequenceClassification}, {@code
 * RobertaForTokenClassification}, {@code RobertaForMaskedLM}).
 */
public final class RobertaArchitecture implements EncoderArchitecture {
  private static final int DEFAULT_PADDING = 1;
  private static final String DECODER_BIAS = "lm_head.decoder.bias";
  private static final String HEAD_BIAS = "lm_head.bias";

  @Override
  public String modelType() {
    return "roberta";
  }

  @Override
  public List<String> defaultTargets() {
    return List.of("query", "value");
  }

  @Override
  public List<String> otherNames(String name) {
    return name.equals(DECODER_BIAS) ? List.of(HEAD_BIAS) : List.of(BertEncoder.inTensorFlow(name));
  }

  /** {@inheritDoc} A tied head's bias is the head's, an untied one's the map's own. */
  @Override
  public List<String> writtenNames(String name) {
    return name.equals(DECODER_BIAS) ? List.of(HEAD_BIAS, DECODER_BIAS) : List.of(name);
  }

  /** {@inheritDoc} What other heads read, and what older versions stored beside the weights. */
  @Override
  public List<String> unusedTensors() {
    return List.of(
        "roberta\\.embeddings\\.position_ids",
        "roberta\\.pooler\\..*",
        "lm_head\\.(decoder\\.)?bias");
  }

  @Override
  public boolean staysUnquantized(AdaptableModule module) {
    return module.outputHead() || module.name().matches("classifier(\\..*)?");
  }

  @Override
  public Encoder build(HuggingFaceConfig config, NDManager manager, WeightSource weights) {
    int padding = config.intOr(DEFAULT_PADDING, "pad_token_id");
    EncoderBuilder builder =
        BertEncoder.begin(
            config, manager, weights, "roberta.", new EncoderPositions.AfterPadding(padding));
    switch (EncoderTasks.of(config)) {
      case SEQUENCE_CLASSIFICATION ->
          builder.sequenceClassifier(
              "classifier.dense", "classifier.out_proj", EncoderTasks.labels(config).size());
      case TOKEN_CLASSIFICATION ->
          builder.tokenClassifier("classifier", EncoderTasks.labels(config).size());
      case MASKED_LM ->
          builder.maskedLanguageModel(
              "lm_head.dense",
              BertEncoder.activation(config, builder),
              "lm_head.layer_norm",
              "lm_head.decoder",
              BertEncoder.isTied(config));
    }
    return builder.build();
  }
}
