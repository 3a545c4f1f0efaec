// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.quant;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.djl.format.Checkpoint;
import io.github.lora4j.quant.PackedTensor;
import java.util.List;

/** How a checkpoint holds the packed weights of its linear modules. */
public interface PackedFormat extends StoredQuantization {
  /**
   * The part that a module's packed weight cannot be without.
   *
   * @return what follows the module's path, for example {@code .qweight}
   */
  String mainPart();

  /**
   * Whether a module's weight is packed.
   *
   * @param checkpoint the files
   * @param module the module's path as the files have it, for example {@code …q_proj}
   * @return true if {@link #read} is to be called for it
   */
  boolean isStored(Checkpoint checkpoint, String module);

  /**
   * The names under which the parts of a packed weight are stored.
   *
   * @param checkpoint the files
   * @param module the module's path as the files have it
   * @return all that are there
   */
  List<String> names(Checkpoint checkpoint, String module);

  /**
   * Reads a packed weight.
   *
   * @param manager the tensor's arrays live no longer than it
   * @param checkpoint the files
   * @param module the module's path as the files have it
   * @param shape the shape it must have, (out, in)
   * @return the weight
   * @throws io.github.lora4j.CheckpointException naming the file and the tensor if a part is
   *     missing or does not fit
   */
  PackedTensor read(NDManager manager, Checkpoint checkpoint, String module, Shape shape);
}
