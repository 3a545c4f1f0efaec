// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.format;

import java.util.List;

/** The names of weight files in a Hugging Face model directory. */
final class CheckpointNames {
  static final String SAFETENSORS = "model.safetensors";
  static final String SAFETENSORS_INDEX = "model.safetensors.index.json";
  static final String TORCH = "pytorch_model.bin";
  static final String TORCH_INDEX = "pytorch_model.bin.index.json";

  /** All of them, in the order in which transformers looks for them. */
  static final List<String> ALL = List.of(SAFETENSORS, SAFETENSORS_INDEX, TORCH, TORCH_INDEX);

  private CheckpointNames() {}
}
