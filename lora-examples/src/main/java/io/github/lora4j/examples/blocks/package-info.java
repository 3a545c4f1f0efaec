// SPDX-License-Identifier: Apache-2.0
/** Adapters on models of DJL's blocks: networks that the examples build and train themselves. */
@NullMarked
package io.github.lora4j.examples.blocks;

import org.jspecify.annotations.NullMarked;
