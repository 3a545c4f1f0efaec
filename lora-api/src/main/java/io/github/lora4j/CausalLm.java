// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j;

import ai.djl.Model;
import io.github.lora4j.data.LlmTokenizer;
import io.github.lora4j.generate.GenerationConfig;
import io.github.lora4j.generate.GenerationResult;
import io.github.lora4j.generate.TokenListener;
import io.github.lora4j.train.GradientCheckpointing;
import io.github.lora4j.train.TrainableModules;
import java.nio.file.Path;
import java.util.List;

/**
 * A causal language model: a DJL {@link Model} whose block maps {@code input_ids} and {@code
 * attention_mask} (B, S), both int64, to logits (B, S, vocabulary), and that has a tokenizer.
 *
 * <p>Trains through {@link Model#newTrainer} like any DJL model; {@link
 * io.github.lora4j.train.FineTuner} is the comfortable way. One thread at a time.
 */
public interface CausalLm extends Model {
  /**
   * The checkpoint's tokenizer.
   *
   * @return the tokenizer, closed with the model
   * @throws CheckpointException if the checkpoint came without one
   */
  LlmTokenizer tokenizer();

  /**
   * Continues prompts.
   *
   * @param prompts the prompts, of any lengths; encoded as the configuration says
   * @param config what to sample and when to stop
   * @param listener sees each piece of text as it comes
   * @return one result a prompt, in order
   * @throws LoraException if a prompt is empty or longer than the model's positions
   */
  List<GenerationResult> generate(
      List<String> prompts, GenerationConfig config, TokenListener listener);

  /**
   * Continues token ids.
   *
   * @param prompts the prompts, each at least one token
   * @param config what to sample and when to stop
   * @return the new token ids of each prompt
   * @throws LoraException if a prompt is empty or longer than the model's positions
   */
  List<int[]> generateTokens(List<int[]> prompts, GenerationConfig config);

  /**
   * Continues one prompt.
   *
   * @param prompt the prompt
   * @param config what to sample and when to stop
   * @return the text behind the prompt
   */
  default String generate(String prompt, GenerationConfig config) {
    return generate(List.of(prompt), config, TokenListener.silent()).get(0).text();
  }

  /**
   * Chooses what trains: everything else is frozen.
   *
   * @param modules for example {@link TrainableModules#all()} for full fine-tuning
   */
  void train(TrainableModules modules);

  /**
   * Chooses how much of the forward pass is kept for the backward pass, for trainers made from now
   * on.
   *
   * @param checkpointing the choice; at first {@link GradientCheckpointing#none()}, over a
   *     quantised base {@link GradientCheckpointing#everyLayer()}
   */
  void setGradientCheckpointing(GradientCheckpointing checkpointing);

  /**
   * What trains, of how much.
   *
   * @return the numbers of parameters, a tied table counted once
   */
  TrainableParameters trainableParameters();

  /**
   * Saves a checkpoint whose linear weights stay in four bits, as transformers saves a model of
   * bitsandbytes: it and {@link HuggingFaceModel#load} read it as it is. Of a {@link LoraModel} the
   * base's weights, with the adapter in them only if it is merged.
   *
   * @param directory where to; made if need be
   * @throws ConfigurationException if the model is not quantised, or in a format that transformers
   *     has none for
   * @throws CheckpointException if it cannot be written
   */
  void saveQuantized(Path directory);

  /**
   * Saves a Hugging Face checkpoint, float32, that {@link HuggingFaceModel#load} and transformers
   * read: the configuration, the weights in shards, and the tokenizer's files. Quantised weights
   * are dequantised. Written beside and renamed; nothing half written stays.
   *
   * @param directory where to; made if need be
   * @throws CheckpointException if it cannot be written
   */
  void saveCheckpoint(Path directory);
}
