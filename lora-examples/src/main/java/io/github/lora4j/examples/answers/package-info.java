// SPDX-License-Identifier: Apache-2.0
/** What a model answers, and how much of it is right. */
@NullMarked
package io.github.lora4j.examples.answers;

import org.jspecify.annotations.NullMarked;
