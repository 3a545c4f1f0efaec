// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.text.jinja;

import java.util.ArrayList;
import java.util.List;

/** Python's {@code sequence[start:stop:step]}. */
final class Slices {
  private Slices() {}

  static Object slice(Object sequence, Object start, Object stop, Object step) {
    if (sequence instanceof Undefined undefined) {
      throw undefined.fault();
    }
    if (sequence instanceof String text) {
      List<Object> part = elements(Values.iterate(text), start, stop, step);
      return String.join("", part.stream().map(String.class::cast).toList());
    }
    if (sequence instanceof List<?> list) {
      List<Object> part = elements(list, start, stop, step);
      return list instanceof Tuple ? new Tuple(part) : part;
    }
    throw new TemplateFault("'%s' object cannot be sliced".formatted(Values.type(sequence)));
  }

  private static List<Object> elements(List<?> list, Object start, Object stop, Object step) {
    long stride = bound(step, 1);
    if (stride == 0) {
      throw new TemplateFault("slice step cannot be zero");
    }
    long size = list.size();
    boolean forward = stride > 0;
    long first = clamp(start, forward ? 0 : size - 1, size, forward);
    long last = clamp(stop, forward ? size : -1, size, forward);
    List<Object> part = new ArrayList<>();
    for (long i = first; forward ? i < last : i > last; i += stride) {
      part.add(list.get((int) i));
    }
    return part;
  }

  /** A bound counted from the start and moved into the sequence. */
  private static long clamp(Object bound, long absent, long size, boolean forward) {
    if (bound == None.NONE) {
      return absent;
    }
    long position = bound(bound, 0);
    long fromStart = position < 0 ? position + size : position;
    return Math.max(forward ? 0 : -1, Math.min(fromStart, forward ? size : size - 1));
  }

  private static long bound(Object value, long absent) {
    if (value == None.NONE) {
      return absent;
    }
    if (!Values.isInteger(value)) {
      throw new TemplateFault("slice indices must be integers");
    }
    // No sequence is that long, and nothing overflows below it.
    return Math.max(Integer.MIN_VALUE, Math.min(Integer.MAX_VALUE, Values.asLong(value)));
  }

  /** Part of a text, by code points. */
  static String characters(String text, long from, long to) {
    int start = text.offsetByCodePoints(0, (int) from);
    return text.substring(start, text.offsetByCodePoints(start, (int) (to - from)));
  }
}
