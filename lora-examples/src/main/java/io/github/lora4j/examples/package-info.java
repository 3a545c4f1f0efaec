// SPDX-License-Identifier: Apache-2.0
/** Programs a user runs and copies, as the subcommands of one runnable jar. */
@NullMarked
package io.github.lora4j.examples;

import org.jspecify.annotations.NullMarked;
