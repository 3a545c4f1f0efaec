// SPDX-License-Identifier: Apache-2.0
/**
 * A coarse tape in the place of libtorch's graph: a forward pass notes its steps, each with its
 * backward half written by hand, and they are walked back.
 *
 * <p>A step is as large as a norm, a group of linear maps, attention. What has no hand-written
 * backward half runs as an {@linkplain io.github.lora4j.djl.tape.Tape#island island} of libtorch's
 * own differentiation.
 */
@NullMarked
package io.github.lora4j.djl.tape;

import org.jspecify.annotations.NullMarked;
