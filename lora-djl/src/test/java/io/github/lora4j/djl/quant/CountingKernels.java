// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.quant;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.quant.QuantizationFormat;
import io.github.lora4j.quant.QuantizedBlocks;
import io.github.lora4j.spi.QuantizationKernels;
import java.util.concurrent.atomic.AtomicInteger;

/** Counts how often weights are dequantised, between {@link #start} and {@link #stop}. */
public final class CountingKernels implements QuantizationKernels {
  private static final AtomicInteger COUNT = new AtomicInteger();
  private static volatile boolean counting;

  private final QuantizationKernels portable = new PortableQuantizationKernels();

  public static void start() {
    COUNT.set(0);
    counting = true;
  }

  public static int stop() {
    counting = false;
    return COUNT.get();
  }

  @Override
  public boolean supports(Device device, QuantizationFormat format) {
    return counting && format == QuantizationFormat.NF4;
  }

  @Override
  public int priority() {
    return Integer.MAX_VALUE;
  }

  @Override
  public QuantizedBlocks quantize(
      NDManager manager, NDArray values, QuantizationFormat format, int blockSize) {
    return portable.quantize(manager, values, format, blockSize);
  }

  @Override
  public NDArray dequantize(NDManager manager, QuantizedBlocks blocks, Shape shape, DataType type) {
    COUNT.incrementAndGet();
    return portable.dequantize(manager, blocks, shape, type);
  }
}
