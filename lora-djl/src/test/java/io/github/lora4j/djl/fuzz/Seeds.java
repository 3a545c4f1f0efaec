// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.fuzz;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/** Inputs that are known: small valid ones, and those that once were a finding. */
final class Seeds {
  static final Path CORPUS = Path.of("src/test/resources/fuzz");
  private static final String PROGRAM = "data.pkl";

  private Seeds() {}

  /** Inputs that must be accepted. */
  static List<Path> valid(FuzzTarget target) {
    return beginningWith("seed-", target);
  }

  /** Inputs that something was wrong with until it was mended. */
  static List<Path> found(FuzzTarget target) {
    return beginningWith("found-", target);
  }

  private static List<Path> beginningWith(String start, FuzzTarget target) {
    try (Stream<Path> files = Files.list(CORPUS.resolve(target.label()))) {
      return files
          .filter(file -> file.getFileName().toString().startsWith(start))
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static byte[] safetensors() throws IOException {
    return bytes("safetensors/seed-three");
  }

  static byte[] adapterConfig() throws IOException {
    return bytes("adapter-config/seed-default");
  }

  /** The valid archive with another program in it. */
  static byte[] torchArchive(byte[] program) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipFile source = new ZipFile(CORPUS.resolve("torch-pickle/seed-four").toFile());
        ZipOutputStream target = new ZipOutputStream(bytes)) {
      for (ZipEntry each : Collections.list(source.entries())) {
        byte[] old = source.getInputStream(each).readAllBytes();
        store(target, each.getName(), each.getName().endsWith(PROGRAM) ? program : old);
      }
    }
    return bytes.toByteArray();
  }

  private static void store(ZipOutputStream target, String name, byte[] content)
      throws IOException {
    CRC32 checksum = new CRC32();
    checksum.update(content);
    ZipEntry entry = new ZipEntry(name);
    entry.setMethod(ZipEntry.STORED);
    entry.setSize(content.length);
    entry.setCrc(checksum.getValue());
    target.putNextEntry(entry);
    target.write(content);
    target.closeEntry();
  }

  private static byte[] bytes(String name) throws IOException {
    return Files.readAllBytes(CORPUS.resolve(name));
  }
}
