// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.optim;

import ai.djl.ndarray.types.Shape;
import io.github.lora4j.CheckpointException;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Reads what {@link StateWriter} wrote. The whole header is checked before any state is made. */
final class StateReader implements AutoCloseable {
  private final Path path;
  private final FileChannel channel;
  private final StateHeader header;
  private final long data;

  private StateReader(Path path, FileChannel channel) throws IOException {
    this.path = path;
    this.channel = channel;
    long length = channel.size();
    long headerLength = length < Long.BYTES ? -1 : bytes(0, Long.BYTES).getLong();
    if (headerLength < 0 || headerLength > Math.min(length - Long.BYTES, Integer.MAX_VALUE - 8)) {
      throw new CheckpointException(
          "%s: %d bytes cannot hold a header of %d; this is no saved state"
              .formatted(path, length, headerLength));
    }
    data = Long.BYTES + headerLength;
    header = StateHeader.decode(path, bytes(Long.BYTES, (int) headerLength), length - data);
  }

  static StateReader open(Path path) {
    try {
      FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
      try {
        return new StateReader(path, channel);
      } catch (IOException | RuntimeException | Error e) {
        channel.close();
        throw e;
      }
    } catch (IOException e) {
      throw failed(path, e);
    }
  }

  private static CheckpointException failed(Path path, IOException e) {
    return new CheckpointException(
        path + ": the saved state cannot be read (" + e + "); check path and rights", e);
  }

  /** Refuses a file of an optimizer whose state means something else. */
  void requireMetadata(Map<String, String> expected) {
    expected.forEach(
        (field, value) -> {
          String found = header.metadata().getOrDefault(field, "missing");
          if (!found.equals(value)) {
            throw new CheckpointException(
                "%s: %s is %s, expected %s as in this optimizer; restore it into an optimizer of the same settings"
                    .formatted(path, field, found, value));
          }
        });
  }

  /** The parameters and how each is kept, with segments yet to be given; checked. */
  Map<String, Shape> shapes(int bits) {
    Set<String> names = new LinkedHashSet<>();
    for (String tensor : header.tensors().keySet()) {
      names.add(tensor.substring(0, Math.max(0, tensor.lastIndexOf('.'))));
    }
    Map<String, Shape> shapes = new LinkedHashMap<>();
    Map<String, ParameterState> parameters = new LinkedHashMap<>();
    for (String name : names) {
      Shape shape = shape(name);
      shapes.put(name, shape);
      StateFormat format = StateFormat.of(bits, shape.size());
      parameters.put(name, new ParameterState(shape, format, List.of()));
    }
    requireTensors(SavedTensors.of(parameters));
    return shapes;
  }

  private Shape shape(String name) {
    StateTensor values =
        header
            .tensors()
            .getOrDefault(
                SavedTensors.name(name, "exp_avg"),
                header.tensors().get(SavedTensors.name(name, "state1")));
    if (values == null) {
      throw new CheckpointException(
          "%s: parameter '%s' has neither exp_avg nor state1; the file is damaged or no saved state"
              .formatted(path, name));
    }
    return new Shape(values.shape().stream().mapToLong(Long::longValue).toArray());
  }

  private void requireTensors(Map<String, StateTensor> expected) {
    expected.forEach(
        (name, tensor) -> {
          StateTensor found = header.tensors().get(name);
          if (found == null || !describe(found).equals(describe(tensor))) {
            throw new CheckpointException(
                "%s: tensor '%s' is %s, expected %s; the file is damaged or of other settings"
                    .formatted(
                        path, name, found == null ? "missing" : describe(found), describe(tensor)));
          }
        });
    header.tensors().keySet().stream()
        .filter(name -> !expected.containsKey(name))
        .findFirst()
        .ifPresent(
            name -> {
              throw new CheckpointException(
                  "%s: tensor '%s' is no state of this optimizer; remove it".formatted(path, name));
            });
  }

  private static String describe(StateTensor tensor) {
    return tensor.type() + tensor.shape() + " of " + tensor.length() + " bytes";
  }

  /** How often a parameter was updated. */
  int step(String name) {
    try {
      long step = bytes(data + begin(name, SavedTensors.STEP), Long.BYTES).getLong();
      if (step < 0 || step > Integer.MAX_VALUE) {
        throw new CheckpointException(
            "%s: %s.step is %d, expected a count of steps; the file is damaged"
                .formatted(path, name, step));
      }
      return (int) step;
    } catch (IOException e) {
      throw failed(path, e);
    }
  }

  /** Fills a stretch of one plane of a parameter's state. */
  void fill(String name, Plane plane, long from, ByteBuffer bytes) {
    try {
      readFully(bytes, data + begin(name, plane.name()) + plane.bytes(from));
    } catch (IOException e) {
      throw failed(path, e);
    }
  }

  private long begin(String parameter, String plane) {
    StateTensor tensor = header.tensors().get(SavedTensors.name(parameter, plane));
    if (tensor == null) {
      throw new IllegalStateException("no tensor " + plane + " of " + parameter);
    }
    return tensor.begin();
  }

  private ByteBuffer bytes(long position, int count) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
    readFully(bytes, position);
    return bytes.flip();
  }

  private void readFully(ByteBuffer bytes, long position) throws IOException {
    long at = position;
    while (bytes.hasRemaining()) {
      int count = channel.read(bytes, at);
      if (count < 0) {
        throw new EOFException("it ends at byte " + at);
      }
      at += count;
    }
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw failed(path, e);
    }
  }
}
