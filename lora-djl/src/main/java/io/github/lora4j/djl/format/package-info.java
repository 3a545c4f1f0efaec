// SPDX-License-Identifier: Apache-2.0
/**
 * How checkpoints lie on disk: safetensors, torch pickles, shards with their index, and {@code
 * config.json}. Knows bytes, names and shapes, and no architecture.
 *
 * <p>Readers check a whole file when it is opened and hold only an open file afterwards; tensors
 * are read when asked for, in chunks. Whatever is wrong with a file is a {@link
 * io.github.lora4j.CheckpointException} that names it.
 */
@NullMarked
package io.github.lora4j.djl.format;

import org.jspecify.annotations.NullMarked;
