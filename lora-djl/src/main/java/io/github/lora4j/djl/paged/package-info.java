// SPDX-License-Identifier: Apache-2.0
/**
 * A decoder over one pool of pages: keys and values of many sequences, and the factors of their
 * adapters, lie in pages of one array, and a step takes tokens of many sequences at once (S-LoRA,
 * Sheng et al., 2023, section 5; PagedAttention, Kwon et al., 2023).
 */
@NullMarked
package io.github.lora4j.djl.paged;

import org.jspecify.annotations.NullMarked;
