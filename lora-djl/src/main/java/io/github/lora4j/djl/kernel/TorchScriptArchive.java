// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.kernel;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * A TorchScript archive with one parameterless module whose {@code forward} is given in source
 * form.
 *
 * <p>The layout is the one {@code torch.jit.save} writes: an uncompressed zip of a version, the
 * code, and two pickles, here of an object without attributes and of an empty tuple of constants.
 */
final class TorchScriptArchive {
  private static final byte[] MODULE_PICKLE =
      concat(
          new byte[] {(byte) 0x80, 2}, // PROTO 2
          "c__torch__\nOp\n".getBytes(StandardCharsets.US_ASCII), // GLOBAL
          new byte[] {')', (byte) 0x81, '}', 'b', '.'}); // EMPTY_TUPLE NEWOBJ EMPTY_DICT BUILD STOP
  private static final byte[] NO_CONSTANTS_PICKLE = {(byte) 0x80, 2, ')', '.'};

  private TorchScriptArchive() {}

  /**
   * Writes the archive.
   *
   * @param functions the body of the class: {@code forward(self, ...)} and helpers, TorchScript
   *     source indented by two
   * @return the bytes of the archive
   */
  static byte[] of(String functions) {
    String code =
        "class Op(Module):\n  __parameters__ = []\n  __buffers__ = []\n" + functions + "\n";
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      zip.setMethod(ZipOutputStream.STORED);
      store(zip, "op/version", "10\n".getBytes(StandardCharsets.US_ASCII));
      store(zip, "op/code/__torch__.py", code.getBytes(StandardCharsets.UTF_8));
      store(zip, "op/data.pkl", MODULE_PICKLE);
      store(zip, "op/constants.pkl", NO_CONSTANTS_PICKLE);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return bytes.toByteArray();
  }

  private static void store(ZipOutputStream zip, String name, byte[] content) throws IOException {
    CRC32 crc = new CRC32();
    crc.update(content);
    ZipEntry entry = new ZipEntry(name);
    entry.setSize(content.length);
    entry.setCompressedSize(content.length);
    entry.setCrc(crc.getValue());
    zip.putNextEntry(entry);
    zip.write(content);
    zip.closeEntry();
  }

  private static byte[] concat(byte[]... parts) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      bytes.writeBytes(part);
    }
    return bytes.toByteArray();
  }
}
