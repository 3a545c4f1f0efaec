// SPDX-License-Identifier: Apache-2.0
/**
 * What an adapter does with its factors: plain LoRA, or one of its variants, each an object of its
 * own.
 */
@NullMarked
package io.github.lora4j.variant;

import org.jspecify.annotations.NullMarked;
