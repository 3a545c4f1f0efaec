// SPDX-License-Identifier: Apache-2.0
/** Several adapters trained at once over the bundled model, and used side by side. */
@NullMarked
package io.github.lora4j.examples.multi;

import org.jspecify.annotations.NullMarked;
