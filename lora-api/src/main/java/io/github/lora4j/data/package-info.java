/** Instruction data: records, prompt templates, tokenisation and masking. */
@NullMarked
package io.github.lora4j.data;

import org.jspecify.annotations.NullMarked;
