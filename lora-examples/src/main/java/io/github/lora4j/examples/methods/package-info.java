// SPDX-License-Identifier: Apache-2.0
/** Ways to fine-tune the bundled model other than with a plain adapter. */
@NullMarked
package io.github.lora4j.examples.methods;

import org.jspecify.annotations.NullMarked;
