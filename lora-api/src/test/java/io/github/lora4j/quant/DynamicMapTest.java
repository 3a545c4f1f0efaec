// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.quant;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;

/** The checksums are of the bytes of bitsandbytes' own maps, little-endian. */
class DynamicMapTest {
  @Test
  void signedMapEqualsBitsandbytes() {
    assertEquals(454_261_483L, checksum(DynamicMap.signed()));
  }

  @Test
  void unsignedMapEqualsBitsandbytes() {
    assertEquals(3_899_729_807L, checksum(DynamicMap.unsigned()));
  }

  @Test
  void valuesAscendAndZeroIsExact() {
    for (float[] map : new float[][] {DynamicMap.signed(), DynamicMap.unsigned()}) {
      for (int i = 1; i < DynamicMap.SIZE; i++) {
        assertTrue(map[i - 1] < map[i], "value " + i);
      }
    }
    assertEquals(0, DynamicMap.signed()[127]);
    assertEquals(0, DynamicMap.unsigned()[0]);
  }

  private static long checksum(float[] values) {
    ByteBuffer bytes =
        ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    CRC32 crc = new CRC32();
    crc.update(bytes.array());
    return crc.getValue();
  }
}
