// SPDX-License-Identifier: Apache-2.0
/** Benchmarks: what a step and a token cost here, held against what this machine can do. */
@NullMarked
package io.github.lora4j.examples.benchmark;

import org.jspecify.annotations.NullMarked;
