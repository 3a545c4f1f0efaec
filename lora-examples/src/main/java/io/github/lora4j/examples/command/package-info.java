// SPDX-License-Identifier: Apache-2.0
/** The subcommands of the runnable jar. */
@NullMarked
package io.github.lora4j.examples.command;

import org.jspecify.annotations.NullMarked;
