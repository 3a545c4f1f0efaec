// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.text.jinja;

/** Something a template can call: a global function, a macro, or a method of a value. */
@FunctionalInterface
interface Callable {
  Object call(Arguments arguments);
}
