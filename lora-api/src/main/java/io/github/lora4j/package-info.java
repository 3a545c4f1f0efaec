// SPDX-License-Identifier: Apache-2.0
/**
 * LoRA fine-tuning of large language models on Deep Java Library: the types that user code compiles
 * against.
 *
 * <p>{@link io.github.lora4j.HuggingFaceModel#load} reads a checkpoint, {@link
 * io.github.lora4j.LoraModel#wrap} puts an adapter on it, {@link io.github.lora4j.train.FineTuner}
 * trains it.
 */
@NullMarked
package io.github.lora4j;

import org.jspecify.annotations.NullMarked;
