// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.pretrain;

import ai.djl.ndarray.NDManager;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import io.github.lora4j.djl.format.AtomicFile;
import io.github.lora4j.djl.format.Checkpoint;
import io.github.lora4j.djl.format.HuggingFaceConfig;
import io.github.lora4j.djl.format.SafetensorsWriter;
import io.github.lora4j.djl.format.StoredTensor;
import io.github.lora4j.djl.format.StoredType;
import io.github.lora4j.djl.format.TensorEntry;
import java.nio.file.Path;
import java.util.List;

/** A checkpoint's weights in half the space. */
final class HalfPrecision {
  private HalfPrecision() {}

  /** Rounds a checkpoint to float16 in place. */
  static void round(Path directory, NDManager manager) {
    try (Checkpoint checkpoint = Checkpoint.open(directory)) {
      List<TensorEntry> halves =
          checkpoint.names().stream().map(checkpoint::tensor).map(t -> half(t, manager)).toList();
      SafetensorsWriter.write(directory.resolve("model.safetensors"), halves);
    }
    JsonObject config = HuggingFaceConfig.read(directory).json();
    config.addProperty("torch_dtype", "float16");
    AtomicFile.writeString(
        directory.resolve(HuggingFaceConfig.FILE_NAME),
        new GsonBuilder().setPrettyPrinting().create().toJson(config) + "\n");
  }

  private static TensorEntry half(StoredTensor tensor, NDManager manager) {
    return TensorEntry.computed(
        tensor.name(), tensor.shape(), StoredType.F16, () -> tensor.toFloat32(manager));
  }
}
