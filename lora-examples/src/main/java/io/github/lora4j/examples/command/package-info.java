/** The subcommands of the runnable jar. */
@NullMarked
package io.github.lora4j.examples.command;

import org.jspecify.annotations.NullMarked;
