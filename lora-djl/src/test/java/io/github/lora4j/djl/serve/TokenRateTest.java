// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class TokenRateTest {
  private final AtomicLong now = new AtomicLong();
  private final TokenRate rate = new TokenRate(now::get);

  private void add(int tokens) {
    for (int i = 0; i < tokens; i++) {
      rate.add();
    }
  }

  private void pass(double seconds) {
    now.addAndGet((long) (seconds * 1e9));
  }

  @Test
  void theFirstSecondCountsWhileItLasts() {
    add(10);
    pass(0.5);
    assertEquals(20, rate.perSecond(), 1e-9);
  }

  @Test
  void theLastFiveSecondsCountThatAreOver() {
    for (int second = 0; second < 20; second++) {
      add(second);
      pass(1);
    }
    add(1000); // of the second that lasts
    assertEquals((15 + 16 + 17 + 18 + 19) / 5.0, rate.perSecond(), 1e-9);
    assertEquals(190 + 1000, rate.total());
  }

  @Test
  void silenceIsNoSpeed() {
    add(100);
    pass(7);
    assertEquals(0, rate.perSecond(), 1e-9);
  }
}
