// SPDX-License-Identifier: Apache-2.0
/**
 * Generation without the tensors: choosing tokens from logits, turning them into text as they come,
 * and the loop that drives a batch to its end over a {@link
 * io.github.lora4j.djl.generate.DecodingSession}.
 */
@NullMarked
package io.github.lora4j.djl.generate;

import org.jspecify.annotations.NullMarked;
