// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import org.junit.jupiter.api.Test;

class CurveTest {
  @Test
  void aLongRunStaysAShortCurveOfMeans() {
    Curve curve = new Curve();
    for (int step = 1; step <= 100_000; step++) {
      curve.add(step, 2.0 * step);
    }
    assertTrue(curve.size() >= 1000 && curve.size() < 2000, "points: " + curve.size());
    JsonArray first = curve.toJson().get(0).getAsJsonArray();
    assertEquals(32.5, first.get(0).getAsDouble(), "the mean of steps 1 to 64");
    assertEquals(65, first.get(1).getAsDouble());
  }

  @Test
  void whatIsNoNumberIsNoPoint() {
    Curve curve = new Curve();
    curve.add(1, Double.NaN);
    curve.add(2, Double.POSITIVE_INFINITY);
    assertEquals(0, curve.size());
  }
}
