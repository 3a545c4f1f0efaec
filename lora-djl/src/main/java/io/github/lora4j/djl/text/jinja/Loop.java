// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.text.jinja;

import java.util.List;

/** The variable {@code loop} inside a loop. */
final class Loop {
  private final List<Object> items;
  private int index;

  Loop(List<Object> items) {
    this.items = items;
  }

  void advance() {
    index++;
  }

  Object get(String name) {
    return switch (name) {
      case "index" -> index + 1L;
      case "index0" -> (long) index;
      case "revindex" -> (long) items.size() - index;
      case "revindex0" -> items.size() - index - 1L;
      case "first" -> index == 0;
      case "last" -> index == items.size() - 1;
      case "length" -> (long) items.size();
      case "previtem" -> item(index - 1, "there is no previous item");
      case "nextitem" -> item(index + 1, "there is no next item");
      case "cycle" -> (Callable) this::cycle;
      default -> new Undefined("'loop' has no attribute '%s'".formatted(name));
    };
  }

  private Object item(int position, String absent) {
    boolean exists = position >= 0 && position < items.size();
    return exists ? items.get(position) : new Undefined(absent);
  }

  private Object cycle(Arguments arguments) {
    if (arguments.positional().isEmpty()) {
      throw new TemplateFault("no items for cycling given");
    }
    return arguments.positional().get(index % arguments.positional().size());
  }
}
