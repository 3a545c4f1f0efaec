// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import io.github.lora4j.QkvPart;
import java.util.Set;

/**
 * Whose the rows of a fused projection are: groups, each of the queries' rows, then the keys', then
 * the values'.
 *
 * @param groups how many groups follow each other
 * @param queries rows of queries a group
 * @param keys rows of keys a group, and of values
 */
public record QkvRows(int groups, int queries, int keys) {
  /**
   * Tells the rows of some parts from the others.
   *
   * @param parts the parts
   * @return a value a row, 1 where it is of one of the parts and else 0
   */
  public float[] mask(Set<QkvPart> parts) {
    float[] mask = new float[groups * (queries + 2 * keys)];
    int row = 0;
    for (int group = 0; group < groups; group++) {
      for (QkvPart part : QkvPart.values()) {
        float value = parts.contains(part) ? 1 : 0;
        int end = row + (part == QkvPart.QUERY ? queries : keys);
        while (row < end) {
          mask[row++] = value;
        }
      }
    }
    return mask;
  }
}
