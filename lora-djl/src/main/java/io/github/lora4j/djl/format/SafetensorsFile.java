// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.format;

import io.github.lora4j.CheckpointException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A safetensors file: eight bytes of header length, a JSON header, and the tensors' bytes. Opening
 * checks the whole header against the file, so that every tensor of an open file can be read. Files
 * and tensors may be longer than 2 GiB.
 */
public final class SafetensorsFile implements TensorFile {
  private final CheckpointFile file;
  private final TensorTable table;
  private final Map<String, String> metadata;

  private SafetensorsFile(CheckpointFile file, SafetensorsHeader header) {
    this.file = file;
    this.metadata = header.metadata();
    Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    for (SafetensorsHeader.Entry entry : header.entries()) {
      FileRegion region = new FileRegion(file, header.dataStart() + entry.begin());
      tensors.put(
          entry.name(), new StoredTensor(entry.name(), entry.type(), entry.shape(), region));
    }
    this.table = new TensorTable(file.path(), tensors);
  }

  /**
   * Opens a file and checks it.
   *
   * @param path the file
   * @return the open file, to be closed by the caller
   * @throws CheckpointException if the file is missing, unreadable, truncated or damaged
   */
  public static SafetensorsFile open(Path path) {
    CheckpointFile file = CheckpointFile.open(path);
    try {
      return new SafetensorsFile(file, SafetensorsHeader.read(file));
    } catch (RuntimeException | Error e) {
      file.close();
      throw e;
    }
  }

  @Override
  public Path path() {
    return file.path();
  }

  @Override
  public List<String> names() {
    return table.names();
  }

  @Override
  public boolean contains(String name) {
    return table.contains(name);
  }

  @Override
  public StoredTensor tensor(String name) {
    return table.tensor(name);
  }

  /**
   * The free text of the header ({@code __metadata__}), for example {@code format} to {@code pt}.
   *
   * @return the entries, empty if there are none
   */
  public Map<String, String> metadata() {
    return metadata;
  }

  @Override
  public void close() {
    file.close();
  }
}
