// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.format;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonPrimitive;
import java.math.BigDecimal;
import java.math.BigInteger;

/** Reads the values of a GGUF file's metadata, as JSON. */
final class GgufValues {
  private static final int STRING = 8;
  private static final int ARRAY = 9;

  /** What a value of each type takes at least, by the type's code. */
  private static final int[] SMALLEST = {1, 1, 2, 2, 4, 4, 4, 1, Long.BYTES, 12, 8, 8, 8};

  private GgufValues() {}

  static JsonElement read(GgufCursor cursor, String key) {
    return read(cursor, type(cursor, key), key);
  }

  private static int type(GgufCursor cursor, String key) {
    long type = cursor.unsigned32("the type of " + key);
    if (type >= SMALLEST.length) {
      throw cursor.error("%s is of the unknown type %d".formatted(key, type));
    }
    return (int) type;
  }

  private static JsonElement read(GgufCursor cursor, int type, String key) {
    return switch (type) {
      case 0 -> new JsonPrimitive(Byte.toUnsignedInt(cursor.int8(key)));
      case 1 -> new JsonPrimitive(cursor.int8(key));
      case 2 -> new JsonPrimitive(Short.toUnsignedInt(cursor.int16(key)));
      case 3 -> new JsonPrimitive(cursor.int16(key));
      case 4 -> new JsonPrimitive(cursor.unsigned32(key));
      case 5 -> new JsonPrimitive(cursor.int32(key));
      case 6 -> number(Float.intBitsToFloat(cursor.int32(key)));
      case 7 -> new JsonPrimitive(cursor.int8(key) != 0);
      case STRING -> new JsonPrimitive(cursor.text(key));
      case ARRAY -> array(cursor, key);
      case 10 -> unsigned(cursor.int64(key));
      case 11 -> new JsonPrimitive(cursor.int64(key));
      default -> number(Double.longBitsToDouble(cursor.int64(key)));
    };
  }

  /** Floats keep the shortest decimal that is theirs: 1e-5 stays 1e-5. JSON has no infinities. */
  private static JsonPrimitive number(Number value) {
    return Double.isFinite(value.doubleValue())
        ? new JsonPrimitive(new BigDecimal(value.toString()))
        : new JsonPrimitive(value.toString());
  }

  private static JsonPrimitive unsigned(long bits) {
    return bits >= 0
        ? new JsonPrimitive(bits)
        : new JsonPrimitive(new BigInteger(Long.toUnsignedString(bits)));
  }

  private static JsonArray array(GgufCursor cursor, String key) {
    int type = type(cursor, key);
    if (type == ARRAY) {
      throw cursor.error(key + " is an array of arrays, expected one of numbers or texts");
    }
    int count = cursor.count(SMALLEST[type], "the number of elements of " + key);
    JsonArray array = new JsonArray(count);
    for (int i = 0; i < count; i++) {
      array.add(read(cursor, type, key));
    }
    return array;
  }
}
