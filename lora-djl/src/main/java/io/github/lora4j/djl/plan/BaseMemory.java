// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.plan;

import io.github.lora4j.djl.nn.Decoder;
import io.github.lora4j.djl.nn.ModuleSlot;
import io.github.lora4j.quant.Quantization;
import io.github.lora4j.target.AdaptableModule;

/** What a base's weights take while nothing is computed. */
final class BaseMemory {
  private static final long DYNAMIC_CODE = 256 * Float.BYTES;

  private long weights;
  private long constants;

  /** Adds up a decoder's modules; a tied head's table once. */
  BaseMemory(Decoder decoder, QuantizedModules quantized) {
    for (ModuleSlot slot : decoder.modules()) {
      AdaptableModule module = slot.module();
      if (module.outputHead() && decoder.spec().tiedHead()) {
        continue;
      }
      if (quantized.contains(slot)) {
        addQuantized(module, quantized.quantization().orElseThrow());
      } else {
        weights += Float.BYTES * module.parameterCount();
      }
    }
  }

  private void addQuantized(AdaptableModule module, Quantization quantization) {
    long numbers = (long) module.inFeatures() * module.outFeatures();
    weights += quantization.format().packedSize(numbers);
    weights += Float.BYTES * (module.parameterCount() - numbers);
    constants += (long) Float.BYTES * quantization.format().code().length;
    constants += scales(numbers, quantization);
  }

  private static long scales(long numbers, Quantization quantization) {
    long blocks = blocks(numbers, quantization.blockSize());
    return quantization.doubleQuantized()
        ? blocks
            + Float.BYTES * blocks(blocks, Quantization.NESTED_BLOCK_SIZE)
            + DYNAMIC_CODE
            + Float.BYTES
        : Float.BYTES * blocks;
  }

  private static long blocks(long numbers, int size) {
    return (numbers + size - 1) / size;
  }

  long weights() {
    return weights;
  }

  long constants() {
    return constants;
  }
}
