// SPDX-License-Identifier: Apache-2.0
/**
 * What a training step takes in memory, computed from a decoder's outline by the rules that the
 * step itself follows.
 */
@NullMarked
package io.github.lora4j.djl.plan;

import org.jspecify.annotations.NullMarked;
