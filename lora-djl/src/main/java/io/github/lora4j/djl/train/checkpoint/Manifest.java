// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train.checkpoint;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonParseException;
import io.github.lora4j.djl.format.AtomicFile;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * What files a checkpoint consists of. Written last, so that a checkpoint with a manifest that
 * holds is whole.
 *
 * @param files by name
 */
record Manifest(Map<String, Entry> files) {
  static final String FILE_NAME = "manifest.json";

  private static final Gson GSON = new GsonBuilder().setPrettyPrinting().create();

  /**
   * One file.
   *
   * @param bytes its length
   * @param sha256 its SHA-256, hexadecimal
   */
  record Entry(long bytes, String sha256) {}

  /** Forces the files of a directory to disk, and describes them there. */
  static void write(Path directory) throws IOException {
    Map<String, Entry> files = new TreeMap<>();
    try (Stream<Path> all = Files.list(directory)) {
      for (Path file : all.toList()) {
        force(file);
        files.put(file.getFileName().toString(), describe(file));
      }
    }
    AtomicFile.writeString(directory.resolve(FILE_NAME), GSON.toJson(new Manifest(files)));
  }

  private static void force(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
  }

  /**
   * Holds a directory against its manifest.
   *
   * @return the first difference; empty if it is whole
   */
  static Optional<String> damage(Path directory) {
    Path path = directory.resolve(FILE_NAME);
    try {
      Manifest manifest = GSON.fromJson(Files.readString(path), Manifest.class);
      if (manifest == null || manifest.files == null || manifest.files.isEmpty()) {
        return Optional.of(path + ": lists no files");
      }
      for (Map.Entry<String, Entry> file : manifest.files.entrySet()) {
        Optional<String> damage = damage(directory.resolve(file.getKey()), file.getValue());
        if (damage.isPresent()) {
          return damage;
        }
      }
      return Optional.empty();
    } catch (IOException | JsonParseException e) {
      return Optional.of("%s: cannot be read (%s)".formatted(path, e));
    }
  }

  private static Optional<String> damage(Path file, Entry expected) throws IOException {
    if (!Files.isRegularFile(file)) {
      return Optional.of(file + ": is missing");
    }
    if (Files.size(file) != expected.bytes) {
      return Optional.of(
          "%s: has %d bytes, expected %d".formatted(file, Files.size(file), expected.bytes));
    }
    String found = describe(file).sha256;
    return found.equals(expected.sha256)
        ? Optional.empty()
        : Optional.of(
            "%s: has the SHA-256 %s, expected %s".formatted(file, found, expected.sha256));
  }

  private static Entry describe(Path file) throws IOException {
    MessageDigest digest = sha256();
    try (InputStream in = new DigestInputStream(Files.newInputStream(file), digest)) {
      long bytes = in.transferTo(OutputStream.nullOutputStream());
      return new Entry(bytes, HexFormat.of().formatHex(digest.digest()));
    }
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }
}
