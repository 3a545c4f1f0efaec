// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.quant;

import ai.djl.ndarray.types.DataType;
import io.github.lora4j.ConfigurationException;
import java.util.EnumSet;
import java.util.Set;

/** What {@link PackedTensor#dequantize} can make. */
public final class DequantizedType {
  private static final Set<DataType> ALL =
      EnumSet.of(DataType.FLOAT32, DataType.FLOAT16, DataType.BFLOAT16);

  private DequantizedType() {}

  /**
   * Refuses other types.
   *
   * @param type what is asked for
   * @throws ConfigurationException if it is none of FLOAT32, FLOAT16 and BFLOAT16
   */
  public static void require(DataType type) {
    if (!ALL.contains(type)) {
      throw new ConfigurationException(
          "dequantize: the type must be one of " + ALL + ", was " + type);
    }
  }
}
