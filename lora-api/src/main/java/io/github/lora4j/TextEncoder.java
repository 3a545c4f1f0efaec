// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j;

import ai.djl.Model;
import ai.djl.modality.Classifications;
import io.github.lora4j.data.LlmTokenizer;
import java.nio.file.Path;
import java.util.List;

/**
 * An encoder of texts with a head (BERT, RoBERTa): a DJL {@link Model} whose block maps {@code
 * input_ids} (B, S) and, where needed, {@code attention_mask} and {@code token_type_ids} (B, S),
 * all int64, to logits: (B, labels) for {@link EncoderTask#SEQUENCE_CLASSIFICATION}, (B, S, labels)
 * for {@link EncoderTask#TOKEN_CLASSIFICATION}, (B, S, vocabulary) for {@link
 * EncoderTask#MASKED_LM}; zero where the mask is 0.
 *
 * <p>A sequence is classified by its first token that is not padding. Trains through {@link
 * Model#newTrainer} and {@code EasyTrain} with any loss of DJL; {@link LoraModel#wrap} puts
 * adapters on it, and the {@link LoraModel} is a {@code TextEncoder} too. One thread at a time.
 */
public interface TextEncoder extends Model {
  /**
   * What the head computes.
   *
   * @return the task
   */
  EncoderTask task();

  /**
   * The labels of a classifier (transformers: {@code id2label}).
   *
   * @return their names in the order of the logits; none for {@link EncoderTask#MASKED_LM}
   */
  List<String> labels();

  /**
   * The checkpoint's tokenizer.
   *
   * @return the tokenizer, closed with the model
   * @throws CheckpointException if the checkpoint came without one
   */
  LlmTokenizer tokenizer();

  /**
   * Classifies texts, all of them in one pass. Probabilities are the softmax of the logits, or
   * their logistic function where labels do not exclude each other (transformers: {@code
   * problem_type}).
   *
   * @param texts the texts, of any lengths; encoded with special tokens
   * @return one result a text, in order
   * @throws ConfigurationException if the model is no classifier of sequences
   * @throws LoraException if a text is longer than the model's positions
   */
  List<Classifications> classify(List<String> texts);

  /**
   * What trains, of how much.
   *
   * @return the numbers of parameters, a tied table counted once
   */
  TrainableParameters trainableParameters();

  /**
   * Saves a Hugging Face checkpoint, float32, that {@link HuggingFaceModel#loadEncoder} and
   * transformers read: the configuration, the weights in shards, and the tokenizer's files.
   * Quantised weights are dequantised. Written beside and renamed; nothing half written stays.
   *
   * @param directory where to; made if need be
   * @throws CheckpointException if it cannot be written
   */
  void saveCheckpoint(Path directory);
}
