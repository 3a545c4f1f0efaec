package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;

/** Where a decoder's weights come from: a checkpoint, or chance. */
public interface WeightSource {
  /**
   * Whether a weight is there.
   *
   * @param name its name, for example {@code model.norm.weight}
   * @return true if {@link #load} can give it
   */
  boolean has(String name);

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
