// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.arch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.CheckpointException;
import io.github.lora4j.djl.kernel.PyTorchEngine;
import io.github.lora4j.djl.nn.WeightSource;
import io.github.lora4j.quant.Quantization;
import io.github.lora4j.quant.QuantizedTensor;
import io.github.lora4j.target.AdaptableModule;
import java.util.function.Predicate;

/**
 * Quantises the weights of another source as they come, one after the other: beside the quantised
 * ones, one is in memory in float32. Reading and quantising it use all processors.
 */
public final class QuantizingWeights implements WeightSource {
  private final WeightSource source;
  private final Quantization quantization;
  private final Predicate<AdaptableModule> kept;

  /**
   * Quantises what a source gives.
   *
   * @param source gives the weights in float32
   * @param quantization how
   * @param kept which linear modules stay as they are
   */
  public QuantizingWeights(
      WeightSource source, Quantization quantization, Predicate<AdaptableModule> kept) {
    this.source = source;
    this.quantization = quantization;
    this.kept = kept;
  }

  @Override
  public NDArray load(NDManager manager, String name, Shape shape) {
    return source.load(manager, name, shape);
  }

  @Override
  public NDArray loadLinear(NDManager manager, AdaptableModule module) {
    return source.loadLinear(manager, module);
  }

  @Override
  public boolean isQuantized(AdaptableModule module) {
    return module.isLinear() && !kept.test(module);
  }

  @Override
  public QuantizedTensor loadQuantized(NDManager manager, AdaptableModule module) {
    String name = module.name() + ".weight";
    Shape shape = new Shape(module.outFeatures(), module.inFeatures());
    try (NDArray weight = source.loadLinear(manager, module)) {
      return QuantizedTensor.quantize(manager, name, weight, quantization);
    } catch (CheckpointException e) {
      String message = String.valueOf(e.getMessage());
      String origin = origin(name);
      throw message.startsWith(origin) ? e : new CheckpointException(origin + ": " + message, e);
    } finally {
      PyTorchEngine.trimMemory(shape.size());
    }
  }

  @Override
  public String origin(String name) {
    return source.origin(name);
  }
}
