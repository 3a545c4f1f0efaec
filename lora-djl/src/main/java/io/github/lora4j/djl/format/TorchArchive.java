// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.format;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/**
 * The zip archive of {@code torch.save}: {@code data.pkl} and one entry for each storage.
 *
 * @param file the open file
 * @param root the folder of all entries, with its slash
 * @param entries by name
 */
record TorchArchive(CheckpointFile file, String root, Map<String, ZipDirectory.Entry> entries) {
  private static final String PICKLE = "data.pkl";

  /** A hundred thousand tensors take a tenth of it; more would only fill memory. */
  private static final int MAX_PICKLE = 1 << 24;

  private static final int ZIP_START = 0x04034b50;
  private static final int PICKLE_START = 0x80;

  /** Reads the directory of an archive and refuses other kinds of file. */
  static TorchArchive read(CheckpointFile file) {
    requireZip(file);
    Map<String, ZipDirectory.Entry> entries = ZipDirectory.read(file).entries();
    TorchArchive archive = new TorchArchive(file, root(file, entries), entries);
    archive.requireLittleEndian();
    return archive;
  }

  /** The pickle that says which tensors lie in which storages. */
  ByteBuffer pickle() {
    ZipDirectory.Entry entry = entry(PICKLE);
    if (entry.length() > MAX_PICKLE) {
      throw file.error(
          PICKLE + " has " + entry.length() + " bytes, expected at most " + MAX_PICKLE);
    }
    return file.read(entry.position(), (int) entry.length());
  }

  /** The bytes of a storage. */
  ZipDirectory.Entry storage(String key) {
    return entry("data/" + key);
  }

  private ZipDirectory.Entry entry(String name) {
    ZipDirectory.Entry entry = entries.get(root + name);
    if (entry == null) {
      throw file.error("entry '" + root + name + "' is missing; the file is damaged, get it again");
    }
    return entry;
  }

  private void requireLittleEndian() {
    ZipDirectory.Entry entry = entries.get(root + "byteorder");
    if (entry == null) {
      return;
    }
    int length = (int) Math.min(entry.length(), "little".length() + 1);
    String order = StandardCharsets.US_ASCII.decode(file.read(entry.position(), length)).toString();
    if (!order.equals("little")) {
      throw file.error(
          "has byte order '" + order + "', expected little; save it again as safetensors");
    }
  }

  private static void requireZip(CheckpointFile file) {
    ByteBuffer start = file.read(0, (int) Math.min(Integer.BYTES, file.size()));
    if (start.remaining() == Integer.BYTES && start.getInt(0) == ZIP_START) {
      return;
    }
    if (start.hasRemaining() && Byte.toUnsignedInt(start.get(0)) == PICKLE_START) {
      throw file.error(
          "is of the format before torch 1.6, which is not read; load it in torch and save it"
              + " again, best as safetensors");
    }
    throw file.error("is no archive of torch.save; the file is damaged or of another kind");
  }

  private static String root(CheckpointFile file, Map<String, ZipDirectory.Entry> entries) {
    List<String> roots =
        entries.keySet().stream()
            .filter(name -> name.equals(PICKLE) || name.endsWith("/" + PICKLE))
            .map(name -> name.substring(0, name.length() - PICKLE.length()))
            .toList();
    if (roots.size() != 1) {
      throw file.error(
          "has "
              + roots.size()
              + " entries "
              + PICKLE
              + ", expected one; this is no archive of torch.save");
    }
    return roots.get(0);
  }
}
