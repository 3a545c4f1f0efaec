// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject.parameter;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Parameter;
import java.util.List;
import java.util.function.Function;

/** What a parameter of the base is worth while an adapter is in use. */
public sealed interface Substitute permits LowRankFactors, OwnParameter {
  /**
   * The value, differentiable where the engine records.
   *
   * @param values where parameters have their values
   * @param base the base's own value
   * @param owner its manager owns the result, if that is a new array
   * @return the value, of the base's shape; not to be closed, it may be a parameter's array
   */
  NDArray value(Function<Parameter, NDArray> values, NDArray base, NDArray owner);

  /**
   * What trains.
   *
   * @return the parameters behind the value
   */
  List<Parameter> trained();

  /**
   * What a gradient of the value means for a parameter behind it.
   *
   * @param parameter one of {@link #trained}
   * @param gradient the gradient of the value
   * @return the gradient of the parameter, on the manager of {@code gradient}; may be {@code
   *     gradient} itself
   */
  NDArray gradientOf(Parameter parameter, NDArray gradient);
}
