// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.target.AdaptableModule;
import io.github.lora4j.target.AdaptableModule.Kind;

/**
 * How files lay out a module's weight. In memory the weight of every linear module is (out, in);
 * that of a {@link Kind#CONV1D} is turned when it is read and when it is written, and nothing else
 * knows of it.
 */
public enum WeightOrder {
  /** As it is in memory. */
  AS_IN_MEMORY {
    @Override
    public Shape stored(Shape shape) {
      return shape;
    }

    @Override
    public NDArray turned(NDArray weight) {
      return weight;
    }
  },
  /** (in, out), as GPT-2 has it (PEFT: {@code fan_in_fan_out}). */
  IN_OUT {
    @Override
    public Shape stored(Shape shape) {
      return new Shape(shape.get(1), shape.get(0));
    }

    @Override
    public NDArray turned(NDArray weight) {
      try (weight;
          NDArray view = weight.transpose();
          NDArray flat = view.reshape(-1)) {
        return flat.reshape(view.getShape());
      }
    }
  };

  /**
   * The order of a module's weight.
   *
   * @param module the module
   * @return the order
   */
  public static WeightOrder of(AdaptableModule module) {
    return module.kind() == Kind.CONV1D ? IN_OUT : AS_IN_MEMORY;
  }

  /**
   * The order of one of a module's parameters.
   *
   * @param module the module
   * @param parameter {@code weight} or {@code bias}
   * @return the order
   */
  public static WeightOrder of(AdaptableModule module, String parameter) {
    return parameter.equals("weight") ? of(module) : AS_IN_MEMORY;
  }

  /**
   * The shape in the file.
   *
   * @param shape that in memory
   * @return the shape
   */
  public abstract Shape stored(Shape shape);

  /**
   * Turns a weight from the one order into the other, either way.
   *
   * @param weight the weight; closed here, unless it is the result
   * @return the weight, on its manager
   */
  public abstract NDArray turned(NDArray weight);
}
