// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject;

import ai.djl.ndarray.NDManager;
import io.github.lora4j.MergeReport;

/** An adapter merged into a model's weights, to be undone or kept. */
public interface Merge {
  /**
   * What merging rounded off.
   *
   * @return an entry a merged weight
   */
  MergeReport report();

  /** Uses the base's own weights again, bit for bit. */
  void undo();

  /**
   * Makes the merged weights the base's own.
   *
   * @param owner owns what becomes the base's
   */
  void keep(NDManager owner);
}
