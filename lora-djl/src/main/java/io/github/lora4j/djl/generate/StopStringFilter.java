// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.generate;

import java.util.List;

/**
 * Lets text through up to the first stop string, and holds back what may be the beginning of one.
 * How the text is cut into pieces makes no difference: the stop string that is complete first
 * counts, the longest of those that end together.
 */
final class StopStringFilter {
  private final List<String> stopStrings;
  private String held = "";
  private boolean stopped;

  /**
   * Creates the filter.
   *
   * @param stopStrings none of them empty
   */
  StopStringFilter(List<String> stopStrings) {
    this.stopStrings = stopStrings;
  }

  /**
   * Adds text.
   *
   * @param piece the text
   * @return what cannot belong to a stop string, with what was held back before it
   */
  String append(String piece) {
    if (stopped || piece.isEmpty()) {
      return "";
    }
    String text = held + piece;
    int stop = indexOfStop(text);
    stopped = stop >= 0;
    int end = stopped ? stop : text.length() - heldLength(text);
    held = stopped ? "" : text.substring(end);
    return text.substring(0, end);
  }

  /**
   * Ends the text.
   *
   * @return what was held back
   */
  String finish() {
    String rest = held;
    held = "";
    return rest;
  }

  /**
   * Whether a stop string was reached.
   *
   * @return true once it is complete
   */
  boolean stopped() {
    return stopped;
  }

  private int indexOfStop(String text) {
    int first = -1;
    int firstEnd = Integer.MAX_VALUE;
    for (String stop : stopStrings) {
      int index = text.indexOf(stop);
      int end = index + stop.length();
      if (index >= 0 && (end < firstEnd || (end == firstEnd && index < first))) {
        first = index;
        firstEnd = end;
      }
    }
    return first;
  }

  /** The length of the longest end of the text that begins a stop string. */
  private int heldLength(String text) {
    int longest = 0;
    for (String stop : stopStrings) {
      int length = Math.min(stop.length() - 1, text.length());
      while (length > longest && !text.regionMatches(text.length() - length, stop, 0, length)) {
        length--;
      }
      longest = Math.max(longest, length);
    }
    return longest;
  }
}
