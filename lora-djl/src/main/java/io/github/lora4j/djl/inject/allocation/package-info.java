// SPDX-License-Identifier: Apache-2.0
/** Shares out ranks among the modules of an adapter while it trains, as AdaLoRA does. */
@NullMarked
package io.github.lora4j.djl.inject.allocation;

import org.jspecify.annotations.NullMarked;
