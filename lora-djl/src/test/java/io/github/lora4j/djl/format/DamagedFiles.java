// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.format;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes safetensors files byte by byte, so that they can be wrong. */
final class DamagedFiles {
  private DamagedFiles() {}

  static void write(Path path, String header, byte[] data) throws IOException {
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    write(path, json.length, json, data);
  }

  static void write(Path path, long length, byte[] header, byte[] data) throws IOException {
    ByteBuffer bytes =
        ByteBuffer.allocate(8 + header.length + data.length).order(ByteOrder.LITTLE_ENDIAN);
    Files.write(path, bytes.putLong(length).put(header).put(data).array());
  }
}
