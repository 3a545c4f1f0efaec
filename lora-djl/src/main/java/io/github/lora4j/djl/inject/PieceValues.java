// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import io.github.lora4j.peft.PeftTensor;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;

/** The parameters of an adapter in the making: each out of a file, or new where there is none. */
final class PieceValues {
  private final NDManager manager;
  private final Optional<AdapterFile> file;
  private final Map<PeftTensor, Parameter> parameters = new LinkedHashMap<>();

  /**
   * Begins without parameters.
   *
   * @param manager owns them
   * @param file where they come from, if they are not new
   */
  PieceValues(NDManager manager, Optional<AdapterFile> file) {
    this.manager = manager;
    this.file = file;
  }

  /**
   * Makes one.
   *
   * @param tensor what it is
   * @param shape its shape
   * @param fresh makes a new value
   * @return the parameter, frozen
   */
  Parameter parameter(PeftTensor tensor, Shape shape, BiFunction<NDManager, Shape, NDArray> fresh) {
    NDArray value =
        file.flatMap(f -> f.tensor(manager, tensor, shape))
            .orElseGet(() -> fresh.apply(manager, shape));
    Parameter parameter =
        Parameter.builder()
            .setName(tensor.role().name())
            .setType(Parameter.Type.WEIGHT)
            .optArray(value)
            .optShape(shape)
            .optRequiresGrad(false)
            .build();
    parameters.put(tensor, parameter);
    return parameter;
  }

  /** All of them, in the order they were made. */
  Map<PeftTensor, Parameter> all() {
    return parameters;
  }
}
