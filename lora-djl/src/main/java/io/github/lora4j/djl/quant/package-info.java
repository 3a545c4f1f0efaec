// SPDX-License-Identifier: Apache-2.0
/** The arithmetic of quantised tensors in operators of libtorch, on every device it has. */
@NullMarked
package io.github.lora4j.djl.quant;

import org.jspecify.annotations.NullMarked;
