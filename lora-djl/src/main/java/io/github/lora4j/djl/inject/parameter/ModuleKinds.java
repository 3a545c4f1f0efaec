// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject.parameter;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import io.github.lora4j.target.AdaptableModule;
import io.github.lora4j.target.AdaptableModule.Kind;
import java.util.Optional;

/** Tells what a foreign module computes by the names and shapes of its parameters. */
public final class ModuleKinds {
  private ModuleKinds() {}

  /**
   * A module with a weight, and a bias beside it.
   *
   * @param name the module's full name
   * @param weight the weight: of two dimensions that of a linear module, of more a convolution's,
   *     of fewer a normalisation's
   * @param bias the bias, if there is one
   * @return the module
   */
  public static ParameterModule weighted(String name, Parameter weight, Optional<Parameter> bias) {
    int dimensions = weight.getArray().getShape().dimension();
    return module(name, dimensions > 2 ? Kind.CONVOLUTION : Kind.LINEAR, weight, bias);
  }

  /**
   * A table of rows.
   *
   * @param name the module's full name
   * @param table the table, (rows, width)
   * @return the module
   */
  public static ParameterModule table(String name, Parameter table) {
    return module(name, Kind.EMBEDDING, table, Optional.empty());
  }

  /**
   * A parameter that is neither, and a module of its own.
   *
   * @param name the parameter's full name
   * @param parameter the parameter
   * @return the module; a parameter of fewer than two dimensions can only be saved in full
   */
  public static ParameterModule other(String name, Parameter parameter) {
    return module(name, Kind.MATRIX, parameter, Optional.empty());
  }

  private static ParameterModule module(
      String name, Kind kind, Parameter weight, Optional<Parameter> bias) {
    Shape shape = weight.getArray().getShape();
    int dimensions = shape.dimension();
    if (dimensions < 2) {
      int size = Math.toIntExact(shape.size());
      return new ParameterModule(
          new AdaptableModule(name, Kind.NORM, false, size, size, bias.isPresent()), weight, bias);
    }
    int first = Math.toIntExact(shape.get(0));
    int second = Math.toIntExact(shape.get(1));
    boolean table = kind == Kind.EMBEDDING;
    AdaptableModule module =
        new AdaptableModule(
            name,
            kind,
            false,
            table ? first : second,
            table ? second : first,
            bias.isPresent(),
            shape.slice(2));
    return new ParameterModule(module, weight, bias);
  }
}
