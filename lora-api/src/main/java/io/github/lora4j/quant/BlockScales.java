// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.quant;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.util.Map;

/** The scales of a tensor's blocks. */
sealed interface BlockScales permits PlainScales, NestedScales {
  /** The array that holds a value a block. */
  NDArray held();

  /** The scales as FLOAT32; on the manager if they have to be computed. */
  NDArray absmax(NDManager manager);

  /** The arrays by the names they are saved under. */
  Map<String, NDArray> parts();
}
