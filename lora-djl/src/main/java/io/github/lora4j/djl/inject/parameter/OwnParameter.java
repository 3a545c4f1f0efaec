// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject.parameter;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Parameter;
import java.util.List;
import java.util.function.Function;

/**
 * A parameter of the adapter's own in the base's stead: one that trains in full, or a merged
 * weight.
 *
 * @param own the parameter, of the shape of the base's
 */
record OwnParameter(Parameter own) implements Substitute {
  @Override
  public NDArray value(Function<Parameter, NDArray> values, NDArray base, NDArray owner) {
    return values.apply(own);
  }

  @Override
  public List<Parameter> trained() {
    return List.of(own);
  }

  @Override
  public NDArray gradientOf(Parameter parameter, NDArray gradient) {
    return gradient;
  }
}
