// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Parameter;
import java.util.Map;

/** A small learned map of rows that an adapter puts before or behind a linear module. */
public interface LearnedPiece {
  /**
   * Maps rows, so that libtorch can differentiate it.
   *
   * @param x shape (T, width); left as it is
   * @return shape (T, width), on the manager of x
   */
  NDArray apply(NDArray x);

  /**
   * What is learned.
   *
   * @return the parameters, by their names below the module's, with {@code %s} for the adapter's
   */
  Map<String, Parameter> parameters();
}
