// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.quant;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.Map;

/** Scales held as FLOAT32. */
record PlainScales(NDArray held) implements BlockScales {
  @Override
  public NDArray absmax(NDManager manager) {
    return held;
  }

  @Override
  public Map<String, NDArray> parts() {
    return Map.of(Part.ABSMAX, held);
  }
}
