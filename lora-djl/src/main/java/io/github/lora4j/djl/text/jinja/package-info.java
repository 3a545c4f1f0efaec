// SPDX-License-Identifier: Apache-2.0
/**
 * The part of the Jinja2 language that chat templates are written in, with Python's meaning of
 * every operator, and nothing beyond: a template sees text, numbers, lists and maps, never a Java
 * object, a file or the network, and what it may compute is bounded.
 *
 * <p>{@link io.github.lora4j.djl.text.jinja.Lexer} cuts the source into tokens, {@link
 * io.github.lora4j.djl.text.jinja.StatementParser} and {@link
 * io.github.lora4j.djl.text.jinja.ExpressionParser} turn them into {@link
 * io.github.lora4j.djl.text.jinja.Node}s and {@link io.github.lora4j.djl.text.jinja.Expression}s,
 * which run in a {@link io.github.lora4j.djl.text.jinja.Scope}. Python's values are Java's {@code
 * Boolean}, {@code Long}, {@code Double}, {@code String}, {@code List} and {@code Map}, and {@link
 * io.github.lora4j.djl.text.jinja.None}.
 */
@NullMarked
package io.github.lora4j.djl.text.jinja;

import org.jspecify.annotations.NullMarked;
