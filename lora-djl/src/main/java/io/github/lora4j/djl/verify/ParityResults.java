// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.verify;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.CheckpointException;
import io.github.lora4j.djl.format.SafetensorsFile;
import io.github.lora4j.djl.format.StoredTensor;
import io.github.lora4j.djl.nn.CausalLmBlock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/** The reference's tensors and what became of their comparison. */
final class ParityResults {
  private final SafetensorsFile reference;
  private final Map<String, TensorParity> results = new HashMap<>();

  ParityResults(SafetensorsFile reference) {
    this.reference = reference;
  }

  /** The tensors to compare, inputs left out, in alphabetical order. */
  List<String> names() {
    return reference.names().stream()
        .filter(name -> Quantity.of(name) != Quantity.INPUT)
        .sorted()
        .toList();
  }

  /** Whether the reference has a tensor. */
  boolean wants(String name) {
    return reference.contains(name);
  }

  /** A tensor of the reference. */
  StoredTensor tensor(String name) {
    return reference.tensor(name);
  }

  /**
   * Compares a tensor of floating-point numbers, if the reference has it.
   *
   * @param name its name
   * @param shape what this library computes
   * @param tolerance the largest difference allowed
   * @param difference from the reference's values to the largest difference
   */
  void compare(String name, Shape shape, double tolerance, ToDoubleFunction<float[]> difference) {
    if (!wants(name)) {
      return;
    }
    StoredTensor theirs = tensor(name);
    if (!theirs.type().isFloatingPoint()) {
      refuse(name, "has type %s, expected floating-point numbers".formatted(theirs.type()));
    } else if (!sameShape(theirs.shape(), shape)) {
      refuse(name, "has shape %s, computed was %s".formatted(theirs.shape(), shape));
    } else {
      double worst = difference.applyAsDouble(theirs.toFloatArray());
      results.put(name, TensorParity.compared(name, worst, tolerance));
    }
  }

  /** A scalar may be stored as (), (1) or (1, 1). */
  private static boolean sameShape(Shape theirs, Shape ours) {
    return theirs.equals(ours) || (theirs.size() == 1 && ours.size() == 1);
  }

  /**
   * Compares a matrix of token ids, which must be equal.
   *
   * @param name its name
   * @param manager lends memory
   * @param difference from the reference's ids to the largest difference
   */
  void compareTokens(String name, NDManager manager, ToDoubleFunction<long[]> difference) {
    StoredTensor theirs = tensor(name);
    if (theirs.type().isFloatingPoint()) {
      refuse(name, "has type %s, expected integers".formatted(theirs.type()));
      return;
    }
    try (NDArray ids = theirs.toNDArray(manager)) {
      double worst = difference.applyAsDouble(CausalLmBlock.longs(ids));
      results.put(name, TensorParity.compared(name, worst, 0));
    } catch (CheckpointException e) {
      refuse(name, String.valueOf(e.getMessage()));
    }
  }

  /** Notes that a tensor cannot be compared. */
  void refuse(String name, String remark) {
    results.put(name, TensorParity.unchecked(name, remark));
  }

  /**
   * One result a tensor.
   *
   * @param reason says why a tensor was not compared
   * @return in the order of {@link #names}
   */
  List<TensorParity> all(Function<String, String> reason) {
    return names().stream()
        .map(
            name -> {
              TensorParity result = results.get(name);
              return result == null ? TensorParity.unchecked(name, reason.apply(name)) : result;
            })
        .toList();
  }
}
