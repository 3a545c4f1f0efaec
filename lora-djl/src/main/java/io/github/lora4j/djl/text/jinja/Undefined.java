// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.text.jinja;

/**
 * What a name, attribute or item that does not exist evaluates to. It prints as nothing, is false
 * and is empty; anything else done with it fails.
 *
 * @param reason what does not exist, in Jinja2's words
 */
record Undefined(String reason) {
  TemplateFault fault() {
    return new TemplateFault(reason);
  }
}
