// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.format;

import io.github.lora4j.CheckpointException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * An open, read-only file of a checkpoint. May be read from several threads. Positional reads go
 * straight into the memory they are meant for, and unlike a mapping they end with {@link #close}: a
 * file cut short while in use is an exception, not a fault.
 */
final class CheckpointFile implements AutoCloseable {
  private static final int SMALLEST_MAPPING = 1 << 20;

  private final Path path;
  private final FileChannel channel;
  private final long size;

  private CheckpointFile(Path path, FileChannel channel, long size) {
    this.path = path;
    this.channel = channel;
    this.size = size;
  }

  static CheckpointFile open(Path path) {
    if (!Files.isRegularFile(path)) {
      throw new CheckpointException(path + ": not found or no regular file; check the path");
    }
    try {
      FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
      return new CheckpointFile(path, channel, Files.size(path));
    } catch (IOException e) {
      throw new CheckpointException(path + ": cannot be opened for reading (" + e + ")", e);
    }
  }

  Path path() {
    return path;
  }

  /** The length in bytes when the file was opened. */
  long size() {
    return size;
  }

  /** Fills all that remains of destination from a position in the file. */
  void read(long position, ByteBuffer destination) {
    long at = position;
    try {
      while (destination.hasRemaining()) {
        int count = channel.read(destination, at);
        if (count < 0) {
          throw error("ends at byte " + at + ", shorter than when it was opened (" + size + ")");
        }
        at += count;
      }
    } catch (IOException e) {
      String closed = channel.isOpen() ? "cannot be read" : "is closed and cannot be read";
      throw new CheckpointException(path + ": " + closed + " at byte " + at + " (" + e + ")", e);
    }
  }

  /** Reads bytes into memory, little-endian. The caller has checked the count against the size. */
  ByteBuffer read(long position, int count) {
    ByteBuffer bytes = ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
    read(position, bytes);
    return bytes.flip();
  }

  /**
   * Shows bytes, read-only and little-endian, beyond {@link #close}. Few are copied: a process may
   * have only so many mappings, and they end when garbage collection finds them.
   */
  ByteBuffer view(long position, int count) {
    if (count <= SMALLEST_MAPPING) {
      return read(position, count).asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
    }
    try {
      return channel
          .map(FileChannel.MapMode.READ_ONLY, position, count)
          .order(ByteOrder.LITTLE_ENDIAN);
    } catch (IOException e) {
      throw new CheckpointException(path + ": cannot be mapped (" + e + ")", e);
    }
  }

  /** The exception for something wrong with this file. */
  CheckpointException error(String message) {
    return new CheckpointException(path + ": " + message);
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw new CheckpointException(path + ": cannot be closed (" + e + ")", e);
    }
  }
}
