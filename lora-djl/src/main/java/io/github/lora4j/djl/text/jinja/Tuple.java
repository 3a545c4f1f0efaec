// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.text.jinja;

import java.util.AbstractList;
import java.util.List;

/** A Python tuple: a list that prints in parentheses. */
final class Tuple extends AbstractList<Object> {
  private final List<Object> elements;

  Tuple(List<Object> elements) {
    this.elements = List.copyOf(elements);
  }

  static Tuple of(Object... elements) {
    return new Tuple(List.of(elements));
  }

  @Override
  public Object get(int index) {
    return elements.get(index);
  }

  @Override
  public int size() {
    return elements.size();
  }
}
