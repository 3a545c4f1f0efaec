// SPDX-License-Identifier: Apache-2.0
/** Hugging Face checkpoints through DJL's own door: {@code Criteria} that need no class of ours. */
@NullMarked
package io.github.lora4j.djl.zoo;

import org.jspecify.annotations.NullMarked;
