// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.optim;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * The state of a stretch of a parameter: all its planes, one after the other, within one page.
 *
 * @param page where it lies
 * @param offset its first byte in the page
 * @param from the first value of the stretch
 * @param count how many values
 */
record Segment(Page page, int offset, long from, int count) {
  /** The planes' bytes, in the format's order. */
  List<ByteBuffer> planes(ByteBuffer pageBytes, StateFormat format) {
    List<ByteBuffer> planes = new ArrayList<>();
    long at = offset;
    for (Plane plane : format.planes()) {
      long length = plane.bytes(count);
      planes.add(Memory.slice(pageBytes, at, length));
      at += length;
    }
    return planes;
  }
}
