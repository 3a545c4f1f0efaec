// SPDX-License-Identifier: Apache-2.0
/**
 * Adapters that change what the parameters of a foreign block are worth, whatever the block
 * computes with them.
 */
@NullMarked
package io.github.lora4j.djl.inject.parameter;

import org.jspecify.annotations.NullMarked;
