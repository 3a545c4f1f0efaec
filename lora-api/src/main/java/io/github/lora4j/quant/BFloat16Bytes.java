package io.github.lora4j.quant;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Numbers as the bytes of bfloat16, in host memory: no operator of an engine gives the bits of a
 * type that NDArray does not have.
 */
final class BFloat16Bytes {
  private static final int QUIET_NAN = 0x7FC0;

  private BFloat16Bytes() {}

  /** FLOAT32 of a shape to UINT8 of the shape and 2, on the same manager. */
  static NDArray of(NDArray numbers) {
    float[] values = numbers.toFloatArray();
    ByteBuffer bytes =
        ByteBuffer.allocateDirect(Math.multiplyExact(2, values.length))
            .order(ByteOrder.LITTLE_ENDIAN);
    for (float value : values) {
      bytes.putShort((short) bits(value));
    }
    Shape shape = numbers.getShape().add(2);
    return numbers.getManager().create(bytes.flip(), shape, DataType.UINT8);
  }

  /** Adding just under half of the last place, or half where that is odd, carries as it should. */
  static int bits(float value) {
    if (Float.isNaN(value)) {
      return QUIET_NAN;
    }
    int bits = Float.floatToRawIntBits(value);
    return (bits + 0x7FFF + (bits >>> 16 & 1)) >>> 16;
  }
}
