// SPDX-License-Identifier: Apache-2.0
/** How a command loads its model: options that several commands share. */
@NullMarked
package io.github.lora4j.examples.loading;

import org.jspecify.annotations.NullMarked;
