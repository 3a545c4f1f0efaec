// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import io.github.lora4j.LoraAdapter;
import io.github.lora4j.djl.nn.LowRankScript.Columns;
import java.util.stream.Stream;

/**
 * One adapter's update of one of the maps whose outputs lie side by side.
 *
 * @param columns where the map's outputs lie
 * @param adapter the factors
 */
record LowRankTerm(Columns columns, LoraAdapter adapter) {
  /** The factors A and B. */
  Stream<NDArray> factors() {
    return Stream.of(adapter.a().getArray(), adapter.b().getArray());
  }
}
