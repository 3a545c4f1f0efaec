// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.benchmark.kernels;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import io.github.lora4j.djl.kernel.EngineMode;
import io.github.lora4j.djl.kernel.NativeKernels.FloatType;
import io.github.lora4j.quant.QuantizationFormat;
import io.github.lora4j.quant.QuantizedBlocks;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;

/** Quantisation, dequantisation and products with one vector, ours beside libtorch's. */
@BenchmarkMode(Mode.SampleTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
public class Kernels {
  private static final NDIndex EVERYTHING = new NDIndex(":");

  /** Made by JMH. */
  public Kernels() {}

  /**
   * Copies the float32 weight: what memory can do.
   *
   * @param w the weight
   */
  @Benchmark
  public void copy(Weight w) {
    w.copy.set(EVERYTHING, w.dense);
  }

  /**
   * Float32 values of NF4, native.
   *
   * @param w the weight
   */
  @Benchmark
  public void dequantizeNf4(Weight w) {
    w.kernels.dequantize4Bit(w.singleAddresses, w.dense.size(), w.at(w.copy), FloatType.FLOAT32);
  }

  /**
   * Float32 values of NF4 with double quantisation, native.
   *
   * @param w the weight
   */
  @Benchmark
  public void dequantizeNf4Double(Weight w) {
    w.kernels.dequantize4Bit(w.doubleAddresses, w.dense.size(), w.at(w.copy), FloatType.FLOAT32);
  }

  /**
   * Float32 values of NF4, libtorch's operators.
   *
   * @param w the weight
   */
  @Benchmark
  public void dequantizeNf4Portable(Weight w) {
    try (NDManager manager = w.manager.newSubManager();
        EngineMode mode = EngineMode.inference()) {
      w.portable.dequantize(
          manager, w.single.blocks(manager), w.dense.getShape(), DataType.FLOAT32);
    }
  }

  /**
   * NF4 codes of float32 values, native.
   *
   * @param w the weight
   */
  @Benchmark
  public void quantizeNf4(Weight w) {
    w.kernels.quantize4Bit(
        w.at(w.dense), w.dense.size(), 64, false, w.at(w.packed), w.at(w.absmax));
  }

  /**
   * NF4 codes of float32 values, libtorch's operators.
   *
   * @param w the weight
   * @return the codes
   */
  @Benchmark
  public QuantizedBlocks quantizeNf4Portable(Weight w) {
    try (NDManager manager = w.manager.newSubManager();
        EngineMode mode = EngineMode.inference()) {
      return w.portable.quantize(manager, w.dense, QuantizationFormat.NF4, 64);
    }
  }

  /**
   * A float32 matrix times a vector, native.
   *
   * @param w the weight
   */
  @Benchmark
  public void productFloat32(Weight w) {
    w.kernels.productF32(w.at(w.dense), w.size, w.size, w.at(w.x), 1, w.at(w.y), 0, false);
  }

  /**
   * A float32 matrix times a vector, libtorch's.
   *
   * @param w the weight
   */
  @Benchmark
  public void productFloat32Libtorch(Weight w) {
    try (EngineMode mode = EngineMode.inference();
        NDArray transposed = w.dense.transpose()) {
      w.x.matMul(transposed).close();
    }
  }

  /**
   * An NF4 matrix times a vector, native.
   *
   * @param w the weight
   */
  @Benchmark
  public void productNf4(Weight w) {
    w.kernels.product4Bit(w.singleAddresses, w.size, w.size, w.at(w.x), 1, w.at(w.y), 0, false);
  }

  /**
   * An NF4 matrix with double quantisation times a vector, native.
   *
   * @param w the weight
   */
  @Benchmark
  public void productNf4Double(Weight w) {
    w.kernels.product4Bit(w.doubleAddresses, w.size, w.size, w.at(w.x), 1, w.at(w.y), 0, false);
  }
}
