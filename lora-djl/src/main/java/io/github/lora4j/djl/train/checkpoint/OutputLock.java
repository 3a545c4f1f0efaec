// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train.checkpoint;

import io.github.lora4j.ConfigurationException;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps an output directory to one run, of this process or of others. The system gives the lock up
 * when the process ends, however it ends.
 */
public final class OutputLock implements AutoCloseable {
  /** The file that is locked; it says who holds the lock, and is removed with it. */
  public static final String FILE_NAME = "training.lock";

  /** Some systems keep others from reading what is locked. */
  private static final long BEHIND_THE_TEXT = Long.MAX_VALUE - 1;

  private static final Logger LOGGER = LoggerFactory.getLogger(OutputLock.class);

  private final Path file;
  private final FileChannel channel;

  private OutputLock(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  /**
   * Takes a directory; it is made if need be.
   *
   * @param directory the directory
   * @return the lock, to be closed by the caller
   * @throws ConfigurationException if another run holds it, or the directory cannot be written
   */
  public static OutputLock acquire(Path directory) {
    Path file = directory.resolve(FILE_NAME);
    try {
      Files.createDirectories(directory);
      while (true) {
        OutputLock lock = new OutputLock(file, open(file));
        if (!lock.tryLock()) {
          lock.channel.close();
          throw new ConfigurationException(
              "FineTuner: outputDir %s is in use by another run: %s; wait for it, stop it, or choose another"
                  .formatted(directory, Files.readString(file)));
        }
        if (lock.sign()) {
          return lock;
        }
      }
    } catch (IOException e) {
      throw new ConfigurationException(
          "FineTuner: outputDir %s cannot be written: %s; nothing was trained, choose another"
              .formatted(directory, e),
          e);
    }
  }

  private static FileChannel open(Path file) throws IOException {
    return FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
  }

  private boolean tryLock() throws IOException {
    try {
      return channel.tryLock(BEHIND_THE_TEXT, 1, false) != null;
    } catch (OverlappingFileLockException e) {
      return false; // a run of this process
    }
  }

  /**
   * Writes who holds the lock.
   *
   * @return false if its last holder removed the file meanwhile, so that nobody else sees this lock
   */
  private boolean sign() throws IOException {
    String me =
        "process %d on %s, since %s (%s)"
            .formatted(
                ProcessHandle.current().pid(),
                host(),
                Instant.now().truncatedTo(ChronoUnit.SECONDS),
                UUID.randomUUID());
    boolean signed = false;
    try {
      channel.truncate(0);
      channel.write(ByteBuffer.wrap(me.getBytes(StandardCharsets.UTF_8)), 0);
      if (!Files.exists(file) || !me.equals(Files.readString(file))) {
        channel.close();
        return false;
      }
      signed = true;
      return true;
    } finally {
      if (!signed) {
        close();
      }
    }
  }

  private static String host() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (IOException e) {
      return "an unknown host";
    }
  }

  /** Gives the directory up. Closing twice does nothing. */
  @Override
  public void close() {
    if (!channel.isOpen()) {
      return;
    }
    try (channel) {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      LOGGER.warn("{} cannot be removed ({}); it does no harm", file, e.toString());
    }
  }
}
