// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;

/**
 * Answers every parameter with its own array: one device, no mirrors, no copies.
 *
 * <p>DJL's own store copies frozen weights too and caches arrays that a merge may have replaced.
 */
final class DirectStore extends ParameterStore {
  DirectStore(NDManager manager) {
    super(manager, false);
  }

  @Override
  public NDArray getValue(Parameter parameter, Device device, boolean training) {
    return parameter.getArray();
  }
}
