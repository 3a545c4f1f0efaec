// SPDX-License-Identifier: Apache-2.0
/**
 * Text that makes itself: what the bundled model is pretrained on, and the orders it is fine-tuned
 * on.
 */
@NullMarked
package io.github.lora4j.examples.corpus;

import org.jspecify.annotations.NullMarked;
