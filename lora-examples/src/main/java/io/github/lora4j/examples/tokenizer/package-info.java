// SPDX-License-Identifier: Apache-2.0
/**
 * Training of a byte-level byte-pair encoding, written as a Hugging Face {@code tokenizer.json}.
 */
@NullMarked
package io.github.lora4j.examples.tokenizer;

import org.jspecify.annotations.NullMarked;
