// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.format;

import ai.djl.ndarray.types.Shape;
import io.github.lora4j.CheckpointException;
import java.util.List;

/**
 * A one-dimensional run of elements in a torch archive, on which tensors are views.
 *
 * @param file the archive
 * @param key its name there
 * @param type of the elements
 * @param position of the first byte in the file
 * @param elements how many
 */
record TorchStorage(
    CheckpointFile file, String key, StoredType type, long position, long elements) {

  /** Finds a storage; its entry must have exactly the bytes that the elements take. */
  static TorchStorage find(TorchArchive archive, StoredType type, String key, long elements) {
    ZipDirectory.Entry entry = archive.storage(key);
    long bytes = entry.length();
    if (bytes % type.bytes() != 0 || elements != bytes / type.bytes()) {
      throw archive
          .file()
          .error(
              "storage '"
                  + key
                  + "' has "
                  + bytes
                  + " bytes, expected those of "
                  + elements
                  + " "
                  + type
                  + "; the file is damaged, get it again");
    }
    return new TorchStorage(archive.file(), key, type, entry.position(), elements);
  }

  /** The tensor at an offset, with sizes and strides counted in elements. */
  TorchTensor tensor(long offset, List<Long> sizes, List<Long> strides) {
    requireWithin(offset, sizes, strides);
    Shape shape = new Shape(sizes);
    if (isContiguous(sizes, strides)) {
      return new TorchTensor(type, shape, new FileRegion(file, position + offset * type.bytes()));
    }
    return new TorchTensor(type, shape, new StridedRegion(this, offset, sizes, strides));
  }

  private void requireWithin(long offset, List<Long> sizes, List<Long> strides) {
    boolean negative =
        offset < 0
            || sizes.stream().anyMatch(size -> size < 0)
            || strides.stream().anyMatch(stride -> stride < 0);
    if (negative || sizes.size() != strides.size()) {
      throw error(offset, sizes, strides, "is not possible");
    }
    long count = TensorSizes.bytes(sizes, type).orElse(Long.MAX_VALUE) / type.bytes();
    if (count > elements) {
      throw error(offset, sizes, strides, "has more elements than its storage, save it contiguous");
    }
    if (end(offset, sizes, strides, count) > elements) {
      throw error(offset, sizes, strides, "lies outside its storage");
    }
  }

  /** One past the last element, or the largest long if it is more than a long holds. */
  private static long end(long offset, List<Long> sizes, List<Long> strides, long count) {
    if (count == 0) {
      return offset;
    }
    try {
      long last = offset;
      for (int d = 0; d < sizes.size(); d++) {
        last = Math.addExact(last, Math.multiplyExact(sizes.get(d) - 1, strides.get(d)));
      }
      return Math.addExact(last, 1);
    } catch (ArithmeticException e) {
      return Long.MAX_VALUE;
    }
  }

  private static boolean isContiguous(List<Long> sizes, List<Long> strides) {
    long expected = 1;
    for (int d = sizes.size() - 1; d >= 0; d--) {
      if (sizes.get(d) != 1 && strides.get(d) != expected) {
        return sizes.contains(0L);
      }
      expected *= sizes.get(d);
    }
    return true;
  }

  private CheckpointException error(
      long offset, List<Long> sizes, List<Long> strides, String problem) {
    return file.error(
        "a tensor of storage '"
            + key
            + "' ("
            + elements
            + " "
            + type
            + ") at offset "
            + offset
            + ", shape "
            + sizes
            + ", strides "
            + strides
            + " "
            + problem);
  }
}
