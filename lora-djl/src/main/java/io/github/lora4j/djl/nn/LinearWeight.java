// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDManager;

/** The weight W of a linear map, however it is stored: dense, or quantised. */
public interface LinearWeight {
  /**
   * Inputs of the map.
   *
   * @return columns of W
   */
  int in();

  /**
   * Outputs of the map.
   *
   * @return rows of W
   */
  int out();

  /**
   * Readies W for the products of one pass, dequantised if need be.
   *
   * @param manager owns what is made for it, on the device where the products run
   * @return the weight, to be closed when its last product is done. What it made is in no {@link
   *     ai.djl.ndarray.NDScope}: closing it, or the manager, frees it
   */
  OpenWeight open(NDManager manager);
}
