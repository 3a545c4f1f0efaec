// SPDX-License-Identifier: Apache-2.0
/**
 * Adapters on models made of DJL's blocks: a block asks a store for its parameters, and the store
 * answers what they are worth.
 */
@NullMarked
package io.github.lora4j.djl.inject.block;

import org.jspecify.annotations.NullMarked;
