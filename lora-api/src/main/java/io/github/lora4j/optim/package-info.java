// SPDX-License-Identifier: Apache-2.0
/** Optimizers: what a training step makes of the gradients, and where its state lies. */
@NullMarked
package io.github.lora4j.optim;

import org.jspecify.annotations.NullMarked;
