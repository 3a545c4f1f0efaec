// SPDX-License-Identifier: Apache-2.0
/** Who asks, what they may see, and how much they may ask at once. */
@NullMarked
package io.github.lora4j.examples.serve.tenant;

import org.jspecify.annotations.NullMarked;
