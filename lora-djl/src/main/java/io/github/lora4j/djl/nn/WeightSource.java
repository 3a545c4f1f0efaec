package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

/** Where a decoder's weights come from: a checkpoint, or chance. */
@FunctionalInterface
public interface WeightSource {
  /**
   * Reads one weight.
   *
   * @param manager owns the result
   * @param name its name
   * @param shape the shape it must have
   * @return the weight in float32
   * @throws io.github.lora4j.CheckpointException if it is missing or of another shape
   */
  NDArray load(NDManager manager, String name, Shape shape);
}
