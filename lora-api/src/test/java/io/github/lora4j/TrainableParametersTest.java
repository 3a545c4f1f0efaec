// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrainableParametersTest {
  @ParameterizedTest
  @CsvSource({
    "1572864, 1304684544, 'trainable 1,572,864 of 1.30 billion (0.12 %)'",
    "1344, 51024, 'trainable 1,344 of 51,024 (2.63 %)'",
    "999999, 999999, 'trainable 999,999 of 999,999 (100.00 %)'",
    "0, 1000000, 'trainable 0 of 1.00 million (0.00 %)'",
    "1, 999994999, 'trainable 1 of 999.99 million (1.0e-07 %)'",
    "1, 999995000, 'trainable 1 of 1.00 billion (1.0e-07 %)'",
    "4194304, 70000000000, 'trainable 4,194,304 of 70.00 billion (0.0060 %)'",
    "10, 999995000000, 'trainable 10 of 1.00 trillion (1.0e-09 %)'",
    "0, 0, 'trainable 0 of 0 (0.00 %)'",
  })
  void countsAreReadable(long trainable, long total, String text) {
    assertEquals(text, new TrainableParameters(trainable, total).toString());
  }

  @Test
  void percentIsTheTrainableShare() {
    assertEquals(25.0, new TrainableParameters(1, 4).percent());
    assertEquals(0.0, new TrainableParameters(0, 0).percent());
  }

  @Test
  void impossibleCountsAreRefused() {
    assertThrows(IllegalArgumentException.class, () -> new TrainableParameters(-1, 4));
    assertThrows(IllegalArgumentException.class, () -> new TrainableParameters(5, 4));
  }
}
