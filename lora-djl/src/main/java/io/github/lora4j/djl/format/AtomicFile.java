// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.format;

import io.github.lora4j.CheckpointException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes a file whole or not at all: beside its place, forced to disk, then renamed over it. A
 * reader, or a process that dies midway, finds the old file or the new one and nothing between.
 *
 * <p>Call {@link #commit} when everything is written; {@link #close} removes what was not
 * committed.
 */
public final class AtomicFile implements AutoCloseable {
  private static final Logger LOGGER = LoggerFactory.getLogger(AtomicFile.class);

  /** What {@link #temporaryName} makes. */
  private static final Pattern TEMPORARY = Pattern.compile("\\..+\\.\\d+-\\d+\\.tmp");

  /** Two saves of the same file at the same time must not share a temporary one. */
  private static final AtomicLong COUNTER = new AtomicLong();

  private final Path target;
  private final Path temporary;
  private final FileChannel channel;

  private AtomicFile(Path target, Path temporary, FileChannel channel) {
    this.target = target;
    this.temporary = temporary;
    this.channel = channel;
  }

  /**
   * Begins a file; missing parent directories are made.
   *
   * @param target where the file shall be; an existing one stays until {@link #commit}
   * @return the file, to be closed by the caller
   * @throws CheckpointException if the directory cannot be made or written
   */
  public static AtomicFile create(Path target) {
    Path directory = parent(target);
    Path temporary = directory.resolve(temporaryName(target));
    try {
      Files.createDirectories(directory);
      FileChannel channel =
          FileChannel.open(
              temporary,
              Set.of(
                  StandardOpenOption.CREATE,
                  StandardOpenOption.TRUNCATE_EXISTING,
                  StandardOpenOption.WRITE));
      return new AtomicFile(target, temporary, channel);
    } catch (IOException e) {
      throw new CheckpointException(
          target
              + ": cannot be written, the directory "
              + directory
              + " cannot be made or written ("
              + e
              + "); check the path and its permissions",
          e);
    }
  }

  /**
   * Writes a text file whole or not at all, in UTF-8.
   *
   * @param target where the file shall be
   * @param text its content
   * @throws CheckpointException if it cannot be written; the old file, if any, is then unchanged
   */
  public static void writeString(Path target, String text) {
    try (AtomicFile file = create(target)) {
      file.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
      file.commit();
    }
  }

  /**
   * Removes what writers of processes that died left in a directory, which must have no other
   * writer now.
   *
   * @param directory the directory
   * @throws CheckpointException if it cannot be removed
   */
  public static void sweep(Path directory) {
    try (Stream<Path> all = Files.list(directory)) {
      for (Path path : all.toList()) {
        if (TEMPORARY.matcher(path.getFileName().toString()).matches()) {
          Files.delete(path);
        }
      }
    } catch (IOException e) {
      throw new CheckpointException(
          directory + ": what a process that died left cannot be removed (" + e + "); remove it",
          e);
    }
  }

  /**
   * Appends all that remains of the bytes.
   *
   * @param bytes the bytes
   * @throws CheckpointException if the disk is full or fails
   */
  public void write(ByteBuffer bytes) {
    try {
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
    } catch (IOException e) {
      throw failed("cannot be written", e);
    }
  }

  /**
   * Forces the file to disk without putting it in its place yet, so that several files can be
   * renamed together.
   *
   * @throws CheckpointException if the disk fails
   */
  public void finish() {
    try {
      if (channel.isOpen()) {
        channel.force(true);
        channel.close();
      }
    } catch (IOException e) {
      throw failed("cannot be forced to disk", e);
    }
  }

  /**
   * Puts the file in its place.
   *
   * @throws CheckpointException if the disk fails; the old file, if any, is then unchanged
   */
  public void commit() {
    finish();
    try {
      // Alone, ATOMIC_MOVE may refuse to replace a file: that is up to the file system.
      Files.move(
          temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw failed("cannot be renamed from " + temporary, e);
    }
    forceDirectory(parent(target));
  }

  /** Ends the writing; a file that was not committed leaves nothing behind. */
  @Override
  public void close() {
    try {
      channel.close();
      Files.deleteIfExists(temporary);
    } catch (IOException e) {
      throw failed("cannot be cleaned up, remove " + temporary, e);
    }
  }

  private static String temporaryName(Path target) {
    long process = ProcessHandle.current().pid();
    return "." + target.getFileName() + "." + process + "-" + COUNTER.incrementAndGet() + ".tmp";
  }

  private static Path parent(Path target) {
    return target.toAbsolutePath().resolveSibling("");
  }

  /**
   * Forces to disk which files a directory has, where the system can.
   *
   * @param directory the directory
   */
  public static void forceDirectory(Path directory) {
    try (FileChannel entries = FileChannel.open(directory, StandardOpenOption.READ)) {
      entries.force(true);
    } catch (IOException e) {
      // Windows cannot open directories; there the rename is durable when it returns.
      LOGGER.debug("{} cannot be forced to disk", directory, e);
    }
  }

  private CheckpointException failed(String what, IOException e) {
    return new CheckpointException(target + ": " + what + " (" + e + "); check the disk", e);
  }
}
