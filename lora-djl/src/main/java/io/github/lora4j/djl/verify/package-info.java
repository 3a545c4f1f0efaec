// SPDX-License-Identifier: Apache-2.0
/** Parity with reference tensors: what this library computes, held against what another did. */
@NullMarked
package io.github.lora4j.djl.verify;

import org.jspecify.annotations.NullMarked;
