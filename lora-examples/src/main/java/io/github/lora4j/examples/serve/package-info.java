// SPDX-License-Identifier: Apache-2.0
/** The command that serves adapters over HTTP. */
@NullMarked
package io.github.lora4j.examples.serve;

import org.jspecify.annotations.NullMarked;
