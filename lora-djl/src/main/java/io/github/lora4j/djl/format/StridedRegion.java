// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.format;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A tensor whose elements lie at strides in a storage (torch: not contiguous), gathered into
 * row-major order when read.
 */
final class StridedRegion implements TensorBytes {
  private final CheckpointFile file;
  private final long storage;
  private final long storageBytes;
  private final int elementBytes;
  private final long offset;
  private final long[] shape;
  private final long[] strides;
  private @Nullable MappedRegion mapped;

  /**
   * Describes a tensor that lies within its storage and has at least one dimension.
   *
   * @param storage where the elements are
   * @param offset first element, counted in elements from the storage's start
   * @param shape sizes of the dimensions
   * @param strides elements from one index to the next, per dimension
   */
  StridedRegion(TorchStorage storage, long offset, List<Long> shape, List<Long> strides) {
    this.file = storage.file();
    this.storage = storage.position();
    this.elementBytes = storage.type().bytes();
    this.storageBytes = storage.elements() * elementBytes;
    this.offset = offset;
    this.shape = shape.stream().mapToLong(Long::longValue).toArray();
    this.strides = strides.stream().mapToLong(Long::longValue).toArray();
  }

  @Override
  public String location() {
    return file.path() + " in the storage at byte " + storage;
  }

  @Override
  public Reader reader() {
    MappedRegion region = mapped();
    return (from, destination) -> gather(region, from / elementBytes, destination);
  }

  @Override
  public ByteBuffer view(int length) {
    ByteBuffer bytes = ByteBuffer.allocate(length).order(ByteOrder.LITTLE_ENDIAN);
    reader().read(0, bytes);
    return bytes.flip().asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Single elements are fetched from all over the storage: one mapping, not a read for each. */
  private synchronized MappedRegion mapped() {
    if (mapped == null) {
      mapped = MappedRegion.map(file, storage, storageBytes);
    }
    return mapped;
  }

  private void gather(MappedRegion region, long first, ByteBuffer destination) {
    int last = shape.length - 1;
    long[] index = indexOf(first);
    while (destination.hasRemaining()) {
      long element = elementAt(index);
      long run = Math.min(shape[last] - index[last], destination.remaining() / elementBytes);
      for (long i = 0; i < run; i++) {
        region.copy((element + i * strides[last]) * elementBytes, elementBytes, destination);
      }
      index[last] += run;
      carry(index);
    }
  }

  private long[] indexOf(long element) {
    long[] index = new long[shape.length];
    long rest = element;
    for (int d = shape.length - 1; d >= 0; d--) {
      index[d] = rest % shape[d];
      rest /= shape[d];
    }
    return index;
  }

  private long elementAt(long[] index) {
    long element = offset;
    for (int d = 0; d < index.length; d++) {
      element += index[d] * strides[d];
    }
    return element;
  }

  private void carry(long[] index) {
    for (int d = index.length - 1; d > 0 && index[d] == shape[d]; d--) {
      index[d] = 0;
      index[d - 1]++;
    }
  }
}
