// SPDX-License-Identifier: Apache-2.0
/**
 * One decoder over a ragged batch: its layers as DJL blocks, positions, attention, and the pass
 * that carries a batch through them.
 *
 * <p>Hidden states are (T, hidden): the real tokens of all sequences one after the other. Padding
 * never gets here.
 */
@NullMarked
package io.github.lora4j.djl.nn;

import org.jspecify.annotations.NullMarked;
