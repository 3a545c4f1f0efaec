// SPDX-License-Identifier: Apache-2.0
/** Training: the fine-tuner, checkpointing of activations, the causal loss and schedules. */
@NullMarked
package io.github.lora4j.train;

import org.jspecify.annotations.NullMarked;
