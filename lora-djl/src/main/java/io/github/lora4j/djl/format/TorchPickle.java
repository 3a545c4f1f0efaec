// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.format;

import io.github.lora4j.CheckpointException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A state dict saved by {@code torch.save} ({@code pytorch_model.bin}): a zip archive of a pickle
 * and the tensors' storages. Nothing in the pickle is run: it may only build dicts and tensors, and
 * any other name it asks for is refused. Opening checks each tensor against its storage and each
 * storage against the file. Tensors that share a storage, or lie transposed in it, are read as what
 * they are.
 */
public final class TorchPickle implements TensorFile {
  private final CheckpointFile file;
  private final TensorTable table;

  private TorchPickle(CheckpointFile file, Map<String, StoredTensor> tensors) {
    this.file = file;
    this.table = new TensorTable(file.path(), tensors);
  }

  /**
   * Opens a file and checks it.
   *
   * @param path the file
   * @return the open file, to be closed by the caller
   * @throws CheckpointException if the file is missing, unreadable, truncated, damaged, of the
   *     format before torch 1.6, or asks for anything but tensors
   */
  public static TorchPickle open(Path path) {
    CheckpointFile file = CheckpointFile.open(path);
    try {
      return new TorchPickle(file, readTensors(TorchArchive.read(file)));
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

  @Override
  public void close() {
    file.close();
  }

  private static Map<String, StoredTensor> readTensors(TorchArchive archive) {
    PickleReader reader = new PickleReader(archive.pickle(), archive.file()::error);
    Object root = new PickleMachine(reader, new TorchHost(archive)).run();
    if (!(root instanceof PickleMachine.PickleDict dict)) {
      throw archive
          .file()
          .error("holds no dict at the top, expected a state dict; save model.state_dict()");
    }
    Map<String, StoredTensor> tensors = new LinkedHashMap<>();
    dict.items().forEach((name, value) -> tensors.put(name, tensor(archive, name, value)));
    return tensors;
  }

  private static StoredTensor tensor(TorchArchive archive, String name, Object value) {
    if (value instanceof TorchTensor tensor) {
      return new StoredTensor(name, tensor.type(), tensor.shape(), tensor.bytes());
    }
    throw archive
        .file()
        .error(
            "'"
                + name
                + "' is no tensor, expected a state dict of tensors only; save"
                + " model.state_dict()");
  }
}
