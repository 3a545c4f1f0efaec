// SPDX-License-Identifier: Apache-2.0
/** How adapters get into a decoder and out of it again, and their files in PEFT's format. */
@NullMarked
package io.github.lora4j.djl.inject;

import org.jspecify.annotations.NullMarked;
