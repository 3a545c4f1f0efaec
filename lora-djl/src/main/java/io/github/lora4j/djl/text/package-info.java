// SPDX-License-Identifier: Apache-2.0
/**
 * Text in and out of a Hugging Face checkpoint: its tokenizer, special tokens and chat template.
 */
@NullMarked
package io.github.lora4j.djl.text;

import org.jspecify.annotations.NullMarked;
