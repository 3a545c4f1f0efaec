// SPDX-License-Identifier: Apache-2.0
/** The implementation on DJL's PyTorch engine. */
@NullMarked
package io.github.lora4j.djl;

import org.jspecify.annotations.NullMarked;
