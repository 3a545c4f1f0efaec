// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject;

import io.github.lora4j.AdapterException;
import io.github.lora4j.LoraException;
import io.github.lora4j.djl.format.AtomicFile;
import io.github.lora4j.djl.format.SafetensorsWriter;
import io.github.lora4j.djl.format.TensorEntry;
import io.github.lora4j.peft.PeftConfigJson;
import io.github.lora4j.peft.PeftNames;
import io.github.lora4j.peft.PeftTensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Writes an adapter in PEFT's format. */
public final class AdapterWriter {
  private AdapterWriter() {}

  /**
   * Writes {@code adapter_model.safetensors} and then {@code adapter_config.json}, each beside and
   * renamed.
   *
   * @param adapter the adapter
   * @param host the model it is on
   * @param directory where to; made if need be
   * @throws AdapterException if it cannot be written
   */
  public static void write(StoredAdapter adapter, AdapterHost host, Path directory) {
    try {
      Files.createDirectories(directory);
      List<TensorEntry> entries =
          adapter.storedTensors().stream().map(tensor -> entry(adapter, host, tensor)).toList();
      SafetensorsWriter.write(directory.resolve(AdapterFile.FILE_NAME), entries);
      AtomicFile.writeString(
          directory.resolve(PeftConfigJson.FILE_NAME), PeftConfigJson.toJson(adapter.config()));
    } catch (IOException e) {
      throw new AdapterException(
          "%s: cannot make the directory: %s; choose one that can be written"
              .formatted(directory, e),
          e);
    } catch (AdapterException e) {
      throw e;
    } catch (LoraException e) {
      throw new AdapterException(String.valueOf(e.getMessage()), e);
    }
  }

  private static TensorEntry entry(StoredAdapter adapter, AdapterHost host, PeftTensor tensor) {
    String name = PeftNames.fileName(tensor);
    return adapter.ownEntry(name, tensor).orElseGet(() -> host.baseEntry(name, tensor));
  }
}
