// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.quant;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.CheckpointException;
import io.github.lora4j.djl.format.Checkpoint;
import io.github.lora4j.djl.format.StoredTensor;
import io.github.lora4j.djl.format.StoredType;
import java.util.function.Function;

/**
 * The parts of one {@link GroupedFormat} weight in a checkpoint, held against what its shape asks
 * for.
 *
 * @param checkpoint the files
 * @param module the module's path as the files have it
 * @param shape the weight's shape, (out, in)
 */
record GroupedParts(Checkpoint checkpoint, String module, Shape shape) {
  boolean has(String part) {
    return checkpoint.contains(module + part);
  }

  /** A size that is a whole number of words. */
  int divisible(String what, long size) {
    if (size % GroupPacking.CODES != 0) {
      throw new CheckpointException(
          "%s: module \"%s\" has %d %s, expected a multiple of %d; are config.json and the weights of one model?"
              .formatted(checkpoint.directory(), module, size, what, GroupPacking.CODES));
    }
    return Math.toIntExact(size);
  }

  Function<NDManager, NDArray> words(String part, Shape expected) {
    StoredTensor stored = require(part, expected);
    requireType(stored, stored.type() == StoredType.I32, "I32");
    return stored::toNDArray;
  }

  Function<NDManager, NDArray> scales(String part, Shape expected) {
    StoredTensor stored = require(part, expected);
    requireType(stored, stored.type().isFloatingPoint(), "F16");
    for (float scale : stored.toFloatArray()) {
      if (!Float.isFinite(scale)) {
        throw error(stored, "holds " + scale + ", expected finite scales; the file is damaged");
      }
    }
    return stored::toNDArray;
  }

  NDArray indices(NDManager manager, String part, int count, int bound) {
    NDArray indices = words(part, new Shape(count)).apply(manager);
    for (int index : indices.toIntArray()) {
      if (index < 0 || index >= bound) {
        throw error(
            checkpoint.tensor(module + part),
            "holds %d, expected a group from 0 to %d".formatted(index, bound - 1));
      }
    }
    return indices;
  }

  private StoredTensor require(String part, Shape expected) {
    if (!has(part)) {
      throw new CheckpointException(
          "%s: tensor \"%s\" is missing beside the other parts of the weight; get the file again"
              .formatted(checkpoint.directory(), module + part));
    }
    StoredTensor stored = checkpoint.tensor(module + part);
    if (!stored.shape().equals(expected)) {
      throw error(
          stored,
          "has shape %s, but 4 bits and config.json ask for %s"
              .formatted(stored.shape(), expected));
    }
    return stored;
  }

  private static void requireType(StoredTensor stored, boolean fits, String expected) {
    if (!fits) {
      throw error(stored, "is %s, expected %s".formatted(stored.type(), expected));
    }
  }

  private static CheckpointException error(StoredTensor stored, String problem) {
    return new CheckpointException(
        "%s: tensor \"%s\" %s".formatted(stored.location(), stored.name(), problem));
  }
}
