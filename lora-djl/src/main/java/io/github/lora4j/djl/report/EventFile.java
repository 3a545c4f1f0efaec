// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.report;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/**
 * Records as TensorFlow frames them ({@code TFRecord}): the length and its checksum, the bytes and
 * theirs. What a reader finds half written at the end it takes for not written yet.
 */
final class EventFile implements AutoCloseable {
  /** What TensorFlow adds to a rotated checksum, so that checksums of checksums differ. */
  private static final int MASK_DELTA = 0xa282ead8;

  private static final int MASK_ROTATION = 15;

  private final OutputStream stream;

  /**
   * Begins a file.
   *
   * @param stream where to; closed with this
   */
  EventFile(OutputStream stream) {
    this.stream = stream;
  }

  /** Appends a record and writes it through. */
  void append(ProtoMessage message) throws IOException {
    byte[] data = message.toBytes();
    byte[] length = new byte[Long.BYTES];
    ByteBuffer.wrap(length).order(ByteOrder.LITTLE_ENDIAN).putLong(data.length);
    byte[] record = new byte[Long.BYTES + Integer.BYTES + data.length + Integer.BYTES];
    ByteBuffer.wrap(record)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put(length)
        .putInt(maskedChecksum(length))
        .put(data)
        .putInt(maskedChecksum(data));
    stream.write(record);
    stream.flush();
  }

  static int maskedChecksum(byte[] data) {
    CRC32C checksum = new CRC32C();
    checksum.update(data);
    return Integer.rotateRight((int) checksum.getValue(), MASK_ROTATION) + MASK_DELTA;
  }

  @Override
  public void close() throws IOException {
    stream.close();
  }
}
