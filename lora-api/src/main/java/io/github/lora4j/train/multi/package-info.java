// SPDX-License-Identifier: Apache-2.0
/** Several fine-tunings at once over one frozen base, an adapter each (m-LoRA). */
@NullMarked
package io.github.lora4j.train.multi;

import org.jspecify.annotations.NullMarked;
