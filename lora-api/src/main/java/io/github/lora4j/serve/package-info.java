// SPDX-License-Identifier: Apache-2.0
/**
 * Serving: many requests at once on one base model, each with an adapter of its own choice out of
 * thousands (Sheng et al., 2023, S-LoRA, arXiv 2311.03285).
 */
@NullMarked
package io.github.lora4j.serve;

import org.jspecify.annotations.NullMarked;
