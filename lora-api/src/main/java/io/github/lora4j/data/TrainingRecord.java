// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.data;

/** One record of a fine-tuning data set, before it is turned into token ids. */
public sealed interface TrainingRecord permits InstructionRecord, PromptCompletion, Conversation {}
