// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.ConfigurationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ByteTextTest {
  @ParameterizedTest
  @CsvSource({
    "1, 1",
    "512B, 512",
    "1KiB, 1024",
    "24GiB, 25769803776",
    "24 gb, 25769803776",
    "1.5M, 1572864",
    "2T, 2199023255552"
  })
  void unitsArePowersOf1024(String text, long bytes) {
    assertEquals(bytes, ByteText.parse(text));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "0", "-1GiB", "GiB", "24 apples", "1e9", "0.0001", "24GiBs"})
  void whatIsNoNumberOfBytesIsRefused(String text) {
    String message =
        String.valueOf(
            assertThrows(ConfigurationException.class, () -> ByteText.parse(text)).getMessage());
    assertTrue(message.endsWith("found \"" + text + "\""), message);
  }

  @Test
  void bytesAreWrittenInTheUnitThatReads() {
    assertEquals("0.5 MiB", ByteText.format(1 << 19));
    assertEquals("1.00 GiB", ByteText.format(1 << 30));
    assertEquals("1023.0 MiB", ByteText.format(1023L << 20));
  }
}
