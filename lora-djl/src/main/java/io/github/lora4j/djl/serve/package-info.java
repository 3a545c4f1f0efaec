// SPDX-License-Identifier: Apache-2.0
/**
 * A server over one base: requests wait in a queue an adapter, join and leave a running batch
 * between two steps, and their adapters come into the pool of pages and leave it (S-LoRA, Sheng et
 * al., 2023). What of it touches the model happens on one thread.
 */
@NullMarked
package io.github.lora4j.djl.serve;

import org.jspecify.annotations.NullMarked;
