// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.benchmark.kernels;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.djl.kernel.NativeKernels;
import io.github.lora4j.djl.kernel.NativeKernels.FourBitAddresses;
import io.github.lora4j.djl.kernel.PyTorchEngine;
import io.github.lora4j.djl.quant.PortableQuantizationKernels;
import io.github.lora4j.quant.Nf4Tensor;
import io.github.lora4j.quant.Quantization;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** A square weight in float32 and in NF4, a vector, and room for results. */
@State(Scope.Benchmark)
public class Weight {
  /** Rows and columns. */
  @Param("4096")
  public int size;

  final PortableQuantizationKernels portable = new PortableQuantizationKernels();
  NDManager manager = PyTorchEngine.newManager(Device.cpu());
  NativeKernels kernels =
      NativeKernels.get()
          .orElseThrow(() -> new IllegalStateException("no native kernels on this platform"));
  NDArray dense = manager.create(0f);
  NDArray copy = dense;
  NDArray x = dense;
  NDArray y = dense;
  NDArray packed = dense;
  NDArray absmax = dense;
  Nf4Tensor single = Nf4Tensor.quantize(manager, dense.reshape(1));
  FourBitAddresses singleAddresses = new FourBitAddresses(0, false, 0, 0, 0, 0, 0);
  FourBitAddresses doubleAddresses = singleAddresses;

  /** Made by JMH. */
  public Weight() {}

  /** Makes the arrays. */
  @Setup(Level.Trial)
  public void create() {
    dense = manager.randomNormal(new Shape(size, size));
    copy = manager.zeros(dense.getShape());
    x = manager.randomNormal(new Shape(1, size));
    y = manager.zeros(new Shape(1, size));
    packed = manager.zeros(new Shape(dense.size() / 2), DataType.UINT8);
    absmax = manager.zeros(new Shape(dense.size() / 64));
    single.close();
    single = Nf4Tensor.quantize(manager, dense);
    singleAddresses = addresses(single);
    Nf4Tensor nested = Nf4Tensor.quantize(manager, dense, Quantization.nf4().doubleQuantization());
    doubleAddresses = addresses(nested);
  }

  private FourBitAddresses addresses(Nf4Tensor tensor) {
    long nestedCode = tensor.nested().map(n -> at(n.blocks().code())).orElse(0L);
    long nestedAbsmax = tensor.nested().map(n -> at(n.blocks().absmax())).orElse(0L);
    float offset = tensor.nested().map(n -> n.offset().getFloat()).orElse(0f);
    int block = tensor.quantization().blockSize();
    return new FourBitAddresses(
        at(tensor.packed()), false, block, at(tensor.absmax()), nestedCode, nestedAbsmax, offset);
  }

  long at(NDArray array) {
    return kernels.address(array);
  }

  /** Frees everything. */
  @TearDown(Level.Trial)
  public void close() {
    manager.close();
  }
}
