// SPDX-License-Identifier: Apache-2.0
/**
 * Virtual tokens: vectors that are learned themselves, and the small networks that make them while
 * they train.
 */
@NullMarked
package io.github.lora4j.djl.prompt;

import org.jspecify.annotations.NullMarked;
