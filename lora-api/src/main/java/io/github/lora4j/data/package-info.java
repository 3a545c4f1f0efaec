// SPDX-License-Identifier: Apache-2.0
/**
 * Instruction data: from records on disk to token ids and labels.
 *
 * <p>A {@link io.github.lora4j.data.TrainingRecord} becomes text by a {@link
 * io.github.lora4j.data.PromptTemplate} or the checkpoint's chat template, text becomes an {@link
 * io.github.lora4j.data.Example} by an {@link io.github.lora4j.data.LlmTokenizer}, examples become
 * an {@link io.github.lora4j.data.InstructionDataset} of DJL, whose rows {@link
 * io.github.lora4j.data.CausalLmBatchifier} pads into batches.
 */
@NullMarked
package io.github.lora4j.data;

import org.jspecify.annotations.NullMarked;
