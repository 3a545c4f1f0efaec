// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject.script;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import ai.djl.training.optimizer.Optimizer;
import io.github.lora4j.djl.inject.parameter.ParameterValues;
import io.github.lora4j.djl.inject.parameter.Substitute;
import io.github.lora4j.djl.kernel.EngineMode;
import io.github.lora4j.djl.kernel.TorchOps;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a script's parameters are worth, written into them. What they were is kept, and every value
 * is made of that, so that nothing drifts and taking an adapter off is exact.
 *
 * <p>The forward pass writes nothing. {@link #refresh} is due when factors have changed.
 */
public final class ScriptValues implements ParameterValues {
  private final Map<Parameter, Substitute> written = new LinkedHashMap<>();
  private final Map<Parameter, NDArray> kept = new LinkedHashMap<>();
  private final NDManager manager;
  private final TorchOps ops;
  private boolean gathering;

  /**
   * Starts with every parameter as it is.
   *
   * @param manager owns what is kept
   * @param ops the operators
   */
  public ScriptValues(NDManager manager, TorchOps ops) {
    this.manager = manager;
    this.ops = ops;
  }

  @Override
  public void put(Parameter parameter, Substitute substitute) {
    kept.computeIfAbsent(parameter, this::copy);
    written.put(parameter, substitute);
    write(parameter, substitute);
    gather(parameter, gathering);
  }

  private NDArray copy(Parameter parameter) {
    NDArray copy = parameter.getArray().duplicate();
    copy.attach(manager);
    return copy;
  }

  private void write(Parameter parameter, Substitute substitute) {
    try (EngineMode mode = EngineMode.inference();
        NDManager scope = manager.newSubManager()) {
      NDArray value = substitute.value(Parameter::getArray, base(parameter), scope.create(0f));
      ops.copyInto().apply(parameter.getArray(), value).close();
    }
  }

  @Override
  public void remove(Parameter parameter) {
    written.remove(parameter);
    NDArray own = kept.remove(parameter);
    if (own != null && manager.isOpen()) {
      gather(parameter, false);
      try (EngineMode mode = EngineMode.inference()) {
        ops.copyInto().apply(parameter.getArray(), own).close();
      }
      own.close();
    }
  }

  @Override
  public NDArray base(Parameter parameter) {
    NDArray own = kept.get(parameter);
    return own == null ? parameter.getArray() : own;
  }

  @Override
  public void settle(Parameter parameter) {
    written.remove(parameter);
    NDArray own = kept.remove(parameter);
    if (own != null) {
      gather(parameter, false);
      own.close();
    }
  }

  /** Writes every value again, after factors have changed. */
  public void refresh() {
    written.forEach(this::write);
  }

  /**
   * Lets the script's parameters gather gradients, which takes as much memory as they do, or no
   * more.
   *
   * @param gather whether those that an adapter changes gather gradients
   */
  public void gatherGradients(boolean gather) {
    gathering = gather;
    if (manager.isOpen()) {
      written.keySet().forEach(parameter -> gather(parameter, gather));
    }
  }

  private static void gather(Parameter parameter, boolean gather) {
    NDArray array = parameter.getArray();
    if (array.hasGradient() != gather) {
      array.setRequiresGradient(gather);
    }
  }

  /** Forgets the gradients gathered so far. */
  public void zeroGradients() {
    try (EngineMode mode = EngineMode.inference()) {
      for (Parameter parameter : written.keySet()) {
        try (NDArray gradient = parameter.getArray().getGradient()) {
          ops.zero().apply(gradient).close();
        }
      }
    }
  }

  /**
   * Updates what trains by the gradients that the script's parameters gathered, forgets these, and
   * writes the new values.
   *
   * @param optimizer the rule; it knows a parameter by its name
   */
  public void update(Optimizer optimizer) {
    try (EngineMode mode = EngineMode.inference()) {
      written.forEach((parameter, substitute) -> update(parameter, substitute, optimizer));
    }
    zeroGradients();
    refresh();
  }

  private void update(Parameter parameter, Substitute substitute, Optimizer optimizer) {
    try (NDManager scope = manager.newSubManager()) {
      NDArray gradient = parameter.getArray().getGradient();
      gradient.attach(scope);
      Map<Parameter, NDArray> gradients = new LinkedHashMap<>();
      for (Parameter trained : substitute.trained()) {
        if (trained.requiresGradient()) {
          gradients.put(trained, substitute.gradientOf(trained, gradient));
        }
      }
      // Both gradients before the first update: that of A is made of B, and that of B of A.
      gradients.forEach((own, due) -> optimizer.update(own.getName(), own.getArray(), due));
    }
  }
}
