// SPDX-License-Identifier: Apache-2.0
/** What memory a fine-tuning will take, said before anything is loaded. */
@NullMarked
package io.github.lora4j.plan;

import org.jspecify.annotations.NullMarked;
