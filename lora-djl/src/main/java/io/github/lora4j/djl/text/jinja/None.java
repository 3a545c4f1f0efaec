// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.text.jinja;

/** Python's {@code None}: a value like any other, so that Java's null is none. */
enum None {
  NONE;

  @Override
  public String toString() {
    return "None";
  }
}
