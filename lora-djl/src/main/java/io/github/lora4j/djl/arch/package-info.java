// SPDX-License-Identifier: Apache-2.0
/**
 * Architectures: each a small class that maps a Hugging Face configuration and its names onto the
 * one decoder.
 */
@NullMarked
package io.github.lora4j.djl.arch;

import org.jspecify.annotations.NullMarked;
