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
 * BERT (Devlin et al., 2019; transformers: {@code BertForSequenceClassification}, {@code
 * BertForTokenClassification}, {@code BertForMaskedLM}).
 */
public final class BertArchitecture implements EncoderArchitecture {
  private static final String DECODER_BIAS = "cls.predictions.decoder.bias";
  private static final String HEAD_BIAS = "cls.predictions.bias";

  @Override
  public String modelType() {
    return "bert";
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
        "bert\\.embeddings\\.position_ids",
        "bert\\.pooler\\..*",
        "cls\\.seq_relationship\\..*",
        "cls\\.predictions\\.(decoder\\.)?bias");
  }

  @Override
  public boolean staysUnquantized(AdaptableModule module) {
    return module.outputHead() || module.name().equals("classifier");
  }

  @Override
  public Encoder build(HuggingFaceConfig config, NDManager manager, WeightSource weights) {
    EncoderBuilder builder =
        BertEncoder.begin(config, manager, weights, "bert.", new EncoderPositions.Counted());
    switch (EncoderTasks.of(config)) {
      case SEQUENCE_CLASSIFICATION ->
          builder.sequenceClassifier(
              "bert.pooler.dense", "classifier", EncoderTasks.labels(config).size());
      case TOKEN_CLASSIFICATION ->
          builder.tokenClassifier("classifier", EncoderTasks.labels(config).size());
      case MASKED_LM ->
          builder.maskedLanguageModel(
              "cls.predictions.transform.dense",
              BertEncoder.activation(config, builder),
              "cls.predictions.transform.LayerNorm",
              "cls.predictions.decoder",
              BertEncoder.isTied(config));
    }
    return builder.build();
  }
}
