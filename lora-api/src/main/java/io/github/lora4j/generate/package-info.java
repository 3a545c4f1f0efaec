// SPDX-License-Identifier: Apache-2.0
/** Text generation: what to sample, when to stop, what comes back. */
@NullMarked
package io.github.lora4j.generate;

import org.jspecify.annotations.NullMarked;
