// SPDX-License-Identifier: Apache-2.0
/**
 * Training: the chain of segments that walks a decoder forward and backward, the trainer that DJL
 * drives, and the fine-tuner.
 */
@NullMarked
package io.github.lora4j.djl.train;

import org.jspecify.annotations.NullMarked;
