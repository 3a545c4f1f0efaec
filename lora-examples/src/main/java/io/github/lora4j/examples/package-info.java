/** io.github.lora4j.examples. */
@NullMarked
package io.github.lora4j.examples;

import org.jspecify.annotations.NullMarked;
