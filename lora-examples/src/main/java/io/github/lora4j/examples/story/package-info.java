// SPDX-License-Identifier: Apache-2.0
/** How the examples tell what they do. */
@NullMarked
package io.github.lora4j.examples.story;

import org.jspecify.annotations.NullMarked;
