// SPDX-License-Identifier: Apache-2.0
/** The models a user holds: a loaded checkpoint, and one with adapters on it. */
@NullMarked
package io.github.lora4j.djl.model;

import org.jspecify.annotations.NullMarked;
