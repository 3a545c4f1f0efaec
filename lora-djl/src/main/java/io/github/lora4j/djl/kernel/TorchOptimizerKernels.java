// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.kernel;

import ai.djl.ndarray.NDArray;
import com.sun.jna.Native;
import com.sun.jna.Pointer;
import io.github.lora4j.quant.DynamicMap;
import io.github.lora4j.spi.AdamWStep;
import io.github.lora4j.spi.OptimizerKernels;
import java.nio.ByteBuffer;
import java.util.Optional;

/** Steps in the memory of libtorch's tensors: by the native kernels where there are any. */
public final class TorchOptimizerKernels implements OptimizerKernels {
  /** For the service loader. */
  public TorchOptimizerKernels() {}

  /** Made when the first step is, as libtorch must be loaded before. */
  private static final class Library {
    static final boolean LOADED = load();

    private static boolean load() {
      if (NativeKernels.get().isEmpty()) {
        return false;
      }
      NativeFunctions.lora4j_adamw_maps(DynamicMap.signed(), DynamicMap.unsigned());
      return true;
    }
  }

  @Override
  public Optional<ByteBuffer> memory(NDArray array, long from, int count) {
    return TensorMemory.of(array, from, count);
  }

  @Override
  public void adamW(
      ByteBuffer parameter,
      ByteBuffer gradient,
      ByteBuffer mean,
      ByteBuffer variance,
      AdamWStep step) {
    if (!isNative(parameter, gradient, mean, variance)) {
      PORTABLE.adamW(parameter, gradient, mean, variance, step);
      return;
    }
    NativeFunctions.lora4j_adamw32(
        address(parameter),
        address(gradient),
        address(mean),
        address(variance),
        parameter.remaining() / Float.BYTES,
        step.keep(),
        step.meanShare(),
        step.varianceKeep(),
        step.varianceShare(),
        step.pace(),
        step.rootCorrection(),
        step.epsilon());
  }

  @Override
  public void adamW8(
      ByteBuffer parameter,
      ByteBuffer gradient,
      ByteBuffer meanCodes,
      ByteBuffer meanAbsmax,
      ByteBuffer varianceCodes,
      ByteBuffer varianceAbsmax,
      AdamWStep step) {
    if (!isNative(parameter, gradient, meanCodes, meanAbsmax, varianceCodes, varianceAbsmax)) {
      PORTABLE.adamW8(
          parameter, gradient, meanCodes, meanAbsmax, varianceCodes, varianceAbsmax, step);
      return;
    }
    NativeFunctions.lora4j_adamw8(
        address(parameter),
        address(gradient),
        address(meanCodes),
        address(meanAbsmax),
        address(varianceCodes),
        address(varianceAbsmax),
        parameter.remaining() / Float.BYTES,
        step.keep(),
        step.meanShare(),
        step.varianceKeep(),
        step.varianceShare(),
        step.pace(),
        step.rootCorrection(),
        step.epsilon());
  }

  private static boolean isNative(ByteBuffer... buffers) {
    for (ByteBuffer buffer : buffers) {
      if (!buffer.isDirect()) {
        return false;
      }
    }
    return Library.LOADED;
  }

  private static long address(ByteBuffer buffer) {
    return Pointer.nativeValue(Native.getDirectBufferPointer(buffer)) + buffer.position();
  }
}
