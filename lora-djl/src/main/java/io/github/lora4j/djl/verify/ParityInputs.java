// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.verify;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import io.github.lora4j.CheckpointException;
import io.github.lora4j.djl.format.SafetensorsFile;
import io.github.lora4j.djl.nn.CausalLmBlock;
import java.util.Optional;

/**
 * The batch that everything is computed from.
 *
 * @param file holds {@code input_ids} (B, S) and, if need be, {@code attention_mask} and {@code
 *     labels}, likewise
 */
record ParityInputs(SafetensorsFile file) {
  /**
   * The batch as the model's block takes it.
   *
   * @param manager owns the arrays
   * @return input_ids and, if the file has one, attention_mask
   * @throws CheckpointException if the ids are missing or of a wrong shape
   */
  NDList batch(NDManager manager) {
    NDArray ids = array("input_ids", manager);
    if (ids.getShape().dimension() != 2) {
      throw new CheckpointException(
          "%s: tensor \"input_ids\" has shape %s, expected (sequences, tokens)"
              .formatted(file.path(), ids.getShape()));
    }
    NDList batch = new NDList(ids);
    if (file.contains("attention_mask")) {
      batch.add(likeIds("attention_mask", manager, ids));
    }
    return batch;
  }

  /**
   * The labels, cell by cell of the padded matrix.
   *
   * @param manager lends memory
   * @return the labels, or empty if the file has none
   * @throws CheckpointException if they are of another shape than the ids
   */
  Optional<long[]> labels(NDManager manager) {
    if (!file.contains("labels")) {
      return Optional.empty();
    }
    try (NDArray ids = array("input_ids", manager);
        NDArray labels = likeIds("labels", manager, ids)) {
      return Optional.of(CausalLmBlock.longs(labels));
    }
  }

  private NDArray likeIds(String name, NDManager manager, NDArray ids) {
    NDArray array = array(name, manager);
    if (!array.getShape().equals(ids.getShape())) {
      throw new CheckpointException(
          "%s: tensor \"%s\" has shape %s, expected that of \"input_ids\", %s"
              .formatted(file.path(), name, array.getShape(), ids.getShape()));
    }
    return array;
  }

  private NDArray array(String name, NDManager manager) {
    if (!file.contains(name)) {
      throw new CheckpointException(
          "%s: tensor \"%s\" is missing; name a file that has it as the inputs"
              .formatted(file.path(), name));
    }
    return file.tensor(name).toNDArray(manager);
  }
}
