// SPDX-License-Identifier: Apache-2.0
/** The ways to fine-tune a model, held against each other on one task. */
@NullMarked
package io.github.lora4j.examples.benchmark.choosing;

import org.jspecify.annotations.NullMarked;
