// SPDX-License-Identifier: Apache-2.0
/** Directories that appear whole or not at all, from which an interrupted training goes on. */
@NullMarked
package io.github.lora4j.djl.train.checkpoint;

import org.jspecify.annotations.NullMarked;
