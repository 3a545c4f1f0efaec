// SPDX-License-Identifier: Apache-2.0
/** Pretraining of a small model from random weights to a checkpoint that can be bundled. */
@NullMarked
package io.github.lora4j.examples.pretrain;

import org.jspecify.annotations.NullMarked;
