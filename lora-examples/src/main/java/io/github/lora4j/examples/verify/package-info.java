// SPDX-License-Identifier: Apache-2.0
/** The subcommand {@code verify}: this library's numbers held against a reference file's. */
@NullMarked
package io.github.lora4j.examples.verify;

import org.jspecify.annotations.NullMarked;
