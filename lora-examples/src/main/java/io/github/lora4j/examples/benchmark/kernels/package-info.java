// SPDX-License-Identifier: Apache-2.0
/** Micro-benchmarks of single kernels, run by JMH. */
@NullMarked
package io.github.lora4j.examples.benchmark.kernels;

import org.jspecify.annotations.NullMarked;
