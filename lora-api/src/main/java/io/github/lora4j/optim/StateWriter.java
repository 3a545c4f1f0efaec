// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.optim;

import io.github.lora4j.CheckpointException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.UUID;

/** Saves state as a safetensors file that appears whole or not at all. */
final class StateWriter {
  private final StatePlanes state;
  private final Map<String, StateTensor> tensors;
  private final Map<String, String> metadata;

  StateWriter(StatePlanes state, Map<String, String> metadata) {
    this.state = state;
    this.metadata = metadata;
    tensors = SavedTensors.of(state.parameters());
  }

  /** Writes beside the place, forces to disk, renames. */
  void write(Path target) {
    Path directory = target.toAbsolutePath().resolveSibling("");
    Path temporary =
        directory.resolve("." + target.getFileName() + "." + UUID.randomUUID() + ".tmp");
    try {
      Files.createDirectories(directory);
      try {
        writeNew(temporary);
        Files.move(
            temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      } finally {
        Files.deleteIfExists(temporary);
      }
    } catch (IOException e) {
      throw new CheckpointException(
          target
              + ": the optimizer's state cannot be saved ("
              + e
              + "); check the disk's space and rights; what was there before is unchanged",
          e);
    }
  }

  private void writeNew(Path file) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      ByteBuffer header = new StateHeader(metadata, tensors).encode();
      long data = header.remaining();
      writeFully(channel, header, 0);
      for (Map.Entry<String, ParameterState> entry : state.parameters().entrySet()) {
        writeStep(channel, data, entry.getKey(), entry.getValue());
      }
      state.look(
          (name, plane, from, bytes) ->
              writeFully(channel, bytes, data + begin(name, plane.name()) + plane.bytes(from)));
      channel.force(true);
    }
  }

  private void writeStep(FileChannel channel, long data, String name, ParameterState parameter)
      throws IOException {
    ByteBuffer step = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    step.putLong(parameter.step).flip();
    writeFully(channel, step, data + begin(name, SavedTensors.STEP));
  }

  private long begin(String parameter, String plane) {
    StateTensor tensor = tensors.get(SavedTensors.name(parameter, plane));
    if (tensor == null) {
      throw new IllegalStateException("no tensor " + plane + " of " + parameter);
    }
    return tensor.begin();
  }

  private static void writeFully(FileChannel channel, ByteBuffer bytes, long position)
      throws IOException {
    long at = position;
    while (bytes.hasRemaining()) {
      at += channel.write(bytes, at);
    }
  }
}
