// SPDX-License-Identifier: Apache-2.0
/** The quick start: one fine-tuning from the first line to the merged model. */
@NullMarked
package io.github.lora4j.examples.quickstart;

import org.jspecify.annotations.NullMarked;
