// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.command;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.LoraConfig;
import io.github.lora4j.djl.format.GgufFile;
import io.github.lora4j.djl.format.SafetensorsWriter;
import io.github.lora4j.djl.format.TensorEntry;
import io.github.lora4j.peft.PeftConfigJson;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class ExportGgufCommandTest {
  private static final String MODULE = "base_model.model.model.layers.0.mlp.up_proj.";

  @TempDir private Path directory;

  @Test
  void anAdapterBecomesAFile() throws Exception {
    Path config = directory.resolve("config.json");
    Files.writeString(config, "{\"model_type\": \"llama\", \"num_attention_heads\": 2}");
    writeAdapter();
    Path file = directory.resolve("adapter.gguf");
    int exit =
        new CommandLine(new ExportGgufCommand())
            .execute(
                "--model",
                directory.toString(),
                "--adapter",
                directory.toString(),
                "--output",
                file.toString());
    assertEquals(0, exit);
    try (GgufFile written = GgufFile.open(file)) {
      assertTrue(written.contains("blk.0.ffn_up.weight.lora_a"), written.names()::toString);
      assertEquals(8, written.metadata().intValue("adapter.lora.alpha"));
    }
  }

  private void writeAdapter() throws Exception {
    LoraConfig config = LoraConfig.builder().rank(2).alpha(8).targetModules("up_proj").build();
    Files.writeString(directory.resolve(PeftConfigJson.FILE_NAME), PeftConfigJson.toJson(config));
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      SafetensorsWriter.write(
          directory.resolve("adapter_model.safetensors"),
          List.of(
              TensorEntry.of(MODULE + "lora_A.weight", manager.ones(new Shape(2, 4))),
              TensorEntry.of(MODULE + "lora_B.weight", manager.ones(new Shape(6, 2)))));
    }
  }
}
