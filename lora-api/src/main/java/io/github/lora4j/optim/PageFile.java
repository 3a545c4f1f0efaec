// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.optim;

import io.github.lora4j.TrainingException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.UUID;

/**
 * Where pages lie that are not resident.
 *
 * <p>It is read and written by position and never mapped: touching a mapping of a file that another
 * process cut short, or whose disk is full, kills the JVM by SIGBUS, while a read or a write that
 * fails is an exception. Nor do read pages count as the process's memory. Space is taken by writing
 * zeros before it is needed, so that a full disk shows in the first step and not in the tenth hour.
 */
class PageFile implements AutoCloseable {
  private final Path path;
  private final FileChannel channel;
  private final ByteBuffer zeros = ByteBuffer.allocate(1 << 16);
  private long reserved;

  /** Takes over a channel to an empty file. */
  PageFile(Path path, FileChannel channel) {
    this.path = path;
    this.channel = channel;
  }

  /** Makes a file that must not exist yet: what is there might be something else's. */
  static PageFile create(Path path) {
    return open(
        path,
        Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE));
  }

  /** Makes a file in the temporary directory that even a killed process leaves no trace of. */
  static PageFile createTemporary() {
    Path directory = Path.of(System.getProperty("java.io.tmpdir"));
    return open(
        directory.resolve("lora4j-optimizer-" + UUID.randomUUID() + ".pages"),
        Set.of(
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE,
            StandardOpenOption.DELETE_ON_CLOSE));
  }

  private static PageFile open(Path path, Set<? extends OpenOption> options) {
    try {
      return new PageFile(path, FileChannel.open(path, options));
    } catch (FileAlreadyExistsException e) {
      throw new TrainingException(
          path
              + ": exists, expected no file, as the optimizer makes and deletes its state file;"
              + " remove what a run that was killed left, or give another stateFile",
          e);
    } catch (IOException e) {
      throw new TrainingException(
          path + ": the state file cannot be made (" + e + "); give another stateFile", e);
    }
  }

  /** Takes the disk's space up to a length. */
  void reserve(long length) {
    while (reserved < length) {
      zeros.position(0).limit((int) Math.min(zeros.capacity(), length - reserved));
      long position = reserved;
      int count = zeros.remaining();
      writeFully(zeros, position);
      reserved = position + count;
    }
  }

  void write(ByteBuffer page, long position) {
    requireWhole();
    writeFully(page, position);
  }

  private void writeFully(ByteBuffer bytes, long position) {
    long at = position;
    try {
      while (bytes.hasRemaining()) {
        at += channel.write(bytes, at);
      }
    } catch (IOException e) {
      throw new TrainingException(
          "%s: byte %d of the optimizer's state cannot be written (%s); free space on the disk, or give a stateFile on another one, and restore the last save"
              .formatted(path, at, e),
          e);
    }
  }

  void read(ByteBuffer page, long position) {
    requireWhole();
    long at = position;
    try {
      while (page.hasRemaining()) {
        int count = channel.read(page, at);
        if (count < 0) {
          throw truncated(at);
        }
        at += count;
      }
    } catch (IOException e) {
      throw new TrainingException(
          "%s: byte %d of the optimizer's state cannot be read (%s); check the disk, and restore the last save"
              .formatted(path, at, e),
          e);
    }
  }

  /** Writing behind the end of a file that was cut would make zeros of what is gone. */
  private void requireWhole() {
    try {
      long length = channel.size();
      if (length < reserved) {
        throw truncated(length);
      }
    } catch (IOException e) {
      throw new TrainingException(path + ": the state file is gone (" + e + ")", e);
    }
  }

  private TrainingException truncated(long found) {
    return new TrainingException(
        "%s: has %d bytes, expected %d; something cut the state file while it was in use: keep other programs from it, and restore the last save"
            .formatted(path, found, reserved));
  }

  @Override
  public void close() {
    try {
      channel.close();
      delete();
    } catch (IOException e) {
      throw new TrainingException(path + ": cannot be deleted (" + e + "); remove it", e);
    }
  }

  /** Overridden where the file is a device. */
  void delete() throws IOException {
    Files.deleteIfExists(path);
  }
}
