// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.types.Shape;
import io.github.lora4j.HuggingFaceModel;
import io.github.lora4j.LoadOptions;
import io.github.lora4j.djl.format.SafetensorsFile;
import io.github.lora4j.quant.Quantization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Weights that are turned in memory are files' own again when they are written. */
class StoredOrderTest {
  private static final Path GPT2 = TinyModels.GOLDEN.resolve("gpt2");
  private static final String PROJECTION = "transformer.h.0.mlp.c_fc.weight";

  @TempDir Path directory;

  static Stream<Path> checkpoints() {
    Stream<Path> samples =
        Stream.of("gpt2-untied", "gptj", "mpt", "opt-post-norm", "falcon-new", "falcon-rw")
            .map(TinyModels.SAMPLES::resolve);
    return Stream.concat(TinyModels.checkpoints(), samples);
  }

  @ParameterizedTest
  @MethodSource("checkpoints")
  void aCheckpointIsSavedAsItWas(Path checkpoint) {
    try (CheckpointModel model = TinyModels.load(checkpoint)) {
      model.saveCheckpoint(directory);
    }
    try (SafetensorsFile theirs = SafetensorsFile.open(checkpoint.resolve("model.safetensors"));
        SafetensorsFile ours = SafetensorsFile.open(directory.resolve("model.safetensors"))) {
      assertEquals(new TreeSet<>(theirs.names()), new TreeSet<>(ours.names()));
      for (String name : theirs.names()) {
        assertEquals(theirs.tensor(name).shape(), ours.tensor(name).shape(), name);
        assertArrayEquals(
            theirs.tensor(name).toFloatArray(), ours.tensor(name).toFloatArray(), name);
      }
    }
  }

  @Test
  void aRandomCheckpointIsInTheOrderOfFiles() throws IOException {
    Files.copy(GPT2.resolve("config.json"), directory.resolve("config.json"));
    RandomCheckpoint.write(directory, 7);
    try (SafetensorsFile file = SafetensorsFile.open(directory.resolve("model.safetensors"))) {
      assertEquals(new Shape(48, 192), file.tensor(PROJECTION).shape());
    }
    try (CheckpointModel model = TinyModels.load(directory)) {
      assertEquals(
          new Shape(192, 48), model.decoder().parameters().get(PROJECTION).getArray().getShape());
    }
  }

  /** bitsandbytes keeps (out, in) whatever the layer was. */
  @Test
  void inFourBitsAWeightIsWrittenAsInMemory() {
    LoadOptions nf4 = LoadOptions.builder().quantization(Quantization.nf4()).build();
    try (CheckpointModel model = (CheckpointModel) HuggingFaceModel.load(GPT2, nf4)) {
      model.saveQuantized(directory);
      assertEquals(8, model.decoder().quantized().size());
      try (CheckpointModel loaded = TinyModels.load(directory)) {
        assertArrayEquals(TinyModels.logits(model), TinyModels.logits(loaded));
        assertEquals(8, loaded.decoder().quantized().size());
      }
    }
  }
}
