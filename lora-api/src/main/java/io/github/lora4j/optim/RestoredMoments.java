// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.optim;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.TrainingException;
import io.github.lora4j.spi.OptimizerKernels;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Moments that were read from a file, in the CPU's memory until their parameters are updated. */
final class RestoredMoments implements AutoCloseable {
  private final NDManager manager = NDManager.newBaseManager(Device.cpu());
  private final Map<String, Moments> waiting = new LinkedHashMap<>();

  /** Reads all that a file has. */
  static RestoredMoments read(StateReader reader, OptimizerKernels kernels) {
    RestoredMoments restored = new RestoredMoments();
    try {
      reader
          .shapes(Float.SIZE)
          .forEach(
              (name, shape) -> {
                Moments moments = Moments.zeros(restored.manager, shape);
                moments.restore(name, kernels, reader);
                restored.waiting.put(name, moments);
              });
      return restored;
    } catch (RuntimeException e) {
      restored.close();
      throw e;
    }
  }

  Map<String, Moments> waiting() {
    return waiting;
  }

  /**
   * Hands over a parameter's moments.
   *
   * @param shape the parameter's shape
   * @param owner owns them from now on
   */
  Optional<Moments> take(String name, Shape shape, NDManager owner) {
    Moments moments = waiting.get(name);
    if (moments == null) {
      return Optional.empty();
    }
    Shape found = moments.mean.getShape();
    if (!found.equals(shape)) {
      throw new TrainingException(
          "AdamW: parameter %s has shape %s, its state %s; restore the state of this model, or use a new optimizer"
              .formatted(name, shape, found));
    }
    waiting.remove(name);
    return Optional.of(moments.moved(owner));
  }

  void forget(String name) {
    Moments gone = waiting.remove(name);
    if (gone != null) {
      gone.close();
    }
  }

  @Override
  public void close() {
    waiting.clear();
    manager.close();
  }
}
