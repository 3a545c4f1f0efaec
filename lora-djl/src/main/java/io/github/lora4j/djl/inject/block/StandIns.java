// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject.block;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import io.github.lora4j.djl.inject.parameter.ParameterValues;
import io.github.lora4j.djl.inject.parameter.Substitute;
import io.github.lora4j.djl.kernel.EngineMode;
import io.github.lora4j.djl.kernel.TorchOps;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What stands for parameters of a block in what its store answers; the parameters are untouched.
 */
public final class StandIns implements ParameterValues, StoreView {
  private final Map<Parameter, Substitute> table = new HashMap<>();
  private final TorchOps ops;

  /**
   * Starts with none.
   *
   * @param ops the operators
   */
  public StandIns(TorchOps ops) {
    this.ops = ops;
  }

  @Override
  public void put(Parameter parameter, Substitute substitute) {
    table.put(parameter, substitute);
  }

  @Override
  public void remove(Parameter parameter) {
    table.remove(parameter);
  }

  @Override
  public NDArray base(Parameter parameter) {
    return parameter.getArray();
  }

  @Override
  public void settle(Parameter parameter) {
    Substitute substitute = table.remove(parameter);
    if (substitute == null) {
      return;
    }
    NDArray base = parameter.getArray();
    try (EngineMode mode = EngineMode.inference();
        NDManager scope = base.getManager().newSubManager()) {
      NDArray value = substitute.value(Parameter::getArray, base, scope.create(0f));
      ops.copyInto().apply(base, value).close();
    }
  }

  /** What stands for a parameter. */
  Optional<Substitute> of(Parameter parameter) {
    return Optional.ofNullable(table.get(parameter));
  }

  @Override
  public ParameterStore over(ParameterStore store, NDList inputs) {
    return new AdaptedStore(store, this, inputs.head());
  }
}
