// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.plan;

import io.github.lora4j.spi.LoraProvider;
import java.nio.file.Path;

/**
 * Says what memory a fine-tuning will take. Nothing is loaded: of a checkpoint, {@code config.json}
 * and the headers of its files are read, and {@code config.json} alone suffices.
 *
 * <pre>{@code
 * MemoryPlan plan = MemoryPlanner.plan(Path.of("llama-7b"), PlanOptions.builder()
 *     .loading(LoadOptions.builder().quantization(Quantization.nf4().doubleQuantization()).build())
 *     .gradientCheckpointing(GradientCheckpointing.everyLayer())
 *     .build());
 * System.out.println(plan);
 * }</pre>
 */
public final class MemoryPlanner {
  private MemoryPlanner() {}

  /**
   * Plans for this machine: its physical memory, or that of the GPU where the base is to lie.
   *
   * @param model a checkpoint's directory, or a {@code config.json}
   * @param options the fine-tuning
   * @return the plan
   * @throws io.github.lora4j.CheckpointException if configuration or headers are wrong, as in
   *     loading
   * @throws io.github.lora4j.ConfigurationException if the options do not fit the model
   */
  public static MemoryPlan plan(Path model, PlanOptions options) {
    LoraProvider provider = LoraProvider.get();
    return plan(provider, model, options, provider.memoryLimit(options.loading().device()));
  }

  /**
   * Plans for a limit.
   *
   * @param model a checkpoint's directory, or a {@code config.json}
   * @param options the fine-tuning
   * @param limit what memory there is
   * @return the plan
   * @throws io.github.lora4j.CheckpointException if configuration or headers are wrong, as in
   *     loading
   * @throws io.github.lora4j.ConfigurationException if the options do not fit the model
   */
  public static MemoryPlan plan(Path model, PlanOptions options, MemoryLimit limit) {
    return plan(LoraProvider.get(), model, options, limit);
  }

  private static MemoryPlan plan(
      LoraProvider provider, Path model, PlanOptions options, MemoryLimit limit) {
    try (MemoryModel memory = provider.memoryModel(model)) {
      MemoryNeed need = memory.need(options);
      return new MemoryPlan(options, need, limit, Remedies.of(memory, options, need));
    }
  }
}
