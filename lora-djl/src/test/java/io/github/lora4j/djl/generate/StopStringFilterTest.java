// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class StopStringFilterTest {
  @Test
  void theBeginningOfAStopStringIsHeldUntilItIsNone() {
    StopStringFilter filter = new StopStringFilter(List.of("\nHuman:"));
    assertEquals("Hi", filter.append("Hi\nHu"));
    assertEquals("\nHuge", filter.append("ge"));
    assertEquals("", filter.append("\nHuman"));
    assertEquals("", filter.append(": more"));
    assertTrue(filter.stopped());
    assertEquals("", filter.append("text"));
    assertEquals("", filter.finish());
  }

  @Test
  void theEndGivesWhatWasHeld() {
    StopStringFilter filter = new StopStringFilter(List.of("END"));
    assertEquals("the ", filter.append("the EN"));
    assertEquals("EN", filter.finish());
    assertFalse(filter.stopped());
  }

  @Test
  void withoutStopStringsAllTextPasses() {
    StopStringFilter filter = new StopStringFilter(List.of());
    assertEquals("anything", filter.append("anything"));
    assertEquals("", filter.finish());
  }

  @ParameterizedTest
  @CsvSource({
    "aab, xaaab, xa",
    "abab, zababab, z",
    "abc|b, xabc, xa",
    "abc|bc, xabc, x",
    "bc|abc, xabc, x",
    "zz|b, abzz, a",
  })
  void theFirstCompleteStopStringCounts(String stops, String text, String expected) {
    assertEquals(expected, filtered(List.of(stops.split("\\|")), text, text.length()));
    assertEquals(expected, filtered(List.of(stops.split("\\|")), text, 1));
  }

  @Test
  void howTheTextIsCutMakesNoDifference() {
    SplittableRandom random = new SplittableRandom(3);
    List<String> stops = List.of("abcab", "bb", "cacaca", "aaaa", "cba");
    int stopped = 0;
    for (int round = 0; round < 5000; round++) {
      StringBuilder text = new StringBuilder();
      random.ints(20, 'a', 'd').forEach(c -> text.append((char) c));
      String whole = filtered(stops, text.toString(), text.length());
      stopped += whole.length() < text.length() ? 1 : 0;
      for (int size = 1; size < 6; size++) {
        assertEquals(whole, filtered(stops, text.toString(), size), text + " by " + size);
      }
    }
    assertTrue(stopped > 1000 && stopped < 5000, "of 5000 stopped " + stopped);
  }

  private static String filtered(List<String> stops, String text, int pieceSize) {
    StopStringFilter filter = new StopStringFilter(stops);
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < text.length(); i += pieceSize) {
      out.append(filter.append(text.substring(i, Math.min(text.length(), i + pieceSize))));
    }
    return out.append(filter.finish()).toString();
  }
}
