// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.plan;

import io.github.lora4j.djl.nn.Decoder;
import io.github.lora4j.plan.MemoryNeed;
import io.github.lora4j.plan.MemoryPart;
import io.github.lora4j.plan.OptimizerState;
import io.github.lora4j.plan.PlanOptions;
import io.github.lora4j.target.AdaptationPlan;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Adds up what a fine-tuning takes. */
public final class TrainingMemory {
  private TrainingMemory() {}

  /**
   * Computes the need.
   *
   * @param decoder the model, or its outline
   * @param adaptation what trains
   * @param quantized what is held quantised
   * @param options the fine-tuning
   * @return what it takes at its peak
   */
  public static MemoryNeed of(
      Decoder decoder, AdaptationPlan adaptation, QuantizedModules quantized, PlanOptions options) {
    TrainedModules trained = new TrainedModules(adaptation);
    BaseMemory base = new BaseMemory(decoder, quantized);
    Phase peak = new StepMemory(decoder, trained, quantized, options).peak();
    List<Long> sizes = trained.sizes();
    long numbers = Float.BYTES * sizes.stream().mapToLong(Long::longValue).sum();
    OptimizerState optimizer = options.optimizer();
    long state = sizes.stream().mapToLong(optimizer::bytes).sum();
    Map<MemoryPart, Long> bytes = new EnumMap<>(MemoryPart.class);
    bytes.put(MemoryPart.WEIGHTS, base.weights());
    bytes.put(MemoryPart.QUANTIZATION_CONSTANTS, base.constants());
    bytes.put(MemoryPart.ADAPTERS, numbers);
    bytes.put(MemoryPart.GRADIENTS, numbers);
    bytes.put(MemoryPart.OPTIMIZER_STATE, optimizer.resident(state));
    bytes.put(MemoryPart.ACTIVATIONS, peak.activations());
    bytes.put(MemoryPart.DEQUANTIZED_WEIGHTS, peak.dequantized());
    bytes.put(MemoryPart.WORKING_MEMORY, peak.working());
    bytes.put(MemoryPart.RUNTIME, RuntimeMemory.of(options.loading().device()));
    return new MemoryNeed(bytes, optimizer.onDisk(state));
  }
}
