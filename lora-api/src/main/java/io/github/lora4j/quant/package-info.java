// SPDX-License-Identifier: Apache-2.0
/**
 * Quantised tensors: weights held in four or eight bits a parameter, a scale a block, as
 * bitsandbytes holds them (Dettmers et al., 2022 and 2023).
 */
@NullMarked
package io.github.lora4j.quant;

import org.jspecify.annotations.NullMarked;
