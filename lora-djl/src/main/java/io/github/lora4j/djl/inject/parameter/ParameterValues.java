// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject.parameter;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Parameter;

/** What the parameters of a block are worth to its forward pass: their own values, or others. */
public interface ParameterValues {
  /**
   * Lets a parameter be worth something else.
   *
   * @param parameter a parameter of the base
   * @param substitute what it is worth from now on
   */
  void put(Parameter parameter, Substitute substitute);

  /**
   * Lets a parameter have its own value again, bit for bit.
   *
   * @param parameter a parameter of the base; nothing happens if it has its own value
   */
  void remove(Parameter parameter);

  /**
   * The base's own value, whatever the parameter is worth now.
   *
   * @param parameter a parameter of the base
   * @return the array, not to be closed
   */
  NDArray base(Parameter parameter);

  /**
   * Makes what a parameter is worth its own value.
   *
   * @param parameter a parameter of the base
   */
  void settle(Parameter parameter);
}
