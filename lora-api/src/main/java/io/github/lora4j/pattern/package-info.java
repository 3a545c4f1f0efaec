// SPDX-License-Identifier: Apache-2.0
/** Python's regular expressions, in which PEFT's configs are written, on Java's engine. */
@NullMarked
package io.github.lora4j.pattern;

import org.jspecify.annotations.NullMarked;
