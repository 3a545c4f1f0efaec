// SPDX-License-Identifier: Apache-2.0
/** How several adapters become one: which, with what weights, by which method. */
@NullMarked
package io.github.lora4j.combine;

import org.jspecify.annotations.NullMarked;
