// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import io.github.lora4j.CheckpointException;
import io.github.lora4j.djl.arch.Architecture;
import io.github.lora4j.djl.arch.Architectures;
import io.github.lora4j.djl.arch.CheckpointWeights;
import io.github.lora4j.djl.format.Checkpoint;
import io.github.lora4j.djl.format.GgufFile;
import io.github.lora4j.djl.format.HuggingFaceConfig;
import io.github.lora4j.djl.inject.NetworkHost;
import io.github.lora4j.djl.kernel.PyTorchEngine;
import io.github.lora4j.djl.nn.Decoder;
import io.github.lora4j.djl.nn.ModuleSlot;
import io.github.lora4j.djl.plan.OutlineWeights;
import io.github.lora4j.djl.plan.QuantizedModules;
import io.github.lora4j.djl.plan.TrainingMemory;
import io.github.lora4j.djl.quant.QuantizationConfig;
import io.github.lora4j.djl.quant.StoredQuantization;
import io.github.lora4j.plan.MemoryModel;
import io.github.lora4j.plan.MemoryNeed;
import io.github.lora4j.plan.PlanOptions;
import io.github.lora4j.quant.Quantization;
import io.github.lora4j.target.AdaptableModule;
import io.github.lora4j.target.AdaptationPlan;
import io.github.lora4j.target.TargetResolver;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Predicate;

/** The outline of a checkpoint: its modules and their shapes, none of its weights. */
final class CheckpointMemory implements MemoryModel {
  private final HuggingFaceConfig config;
  private final Architecture architecture;
  private final NDManager manager;
  private final Decoder decoder;
  private final Predicate<AdaptableModule> stored;

  private CheckpointMemory(
      HuggingFaceConfig config,
      Architecture architecture,
      NDManager manager,
      Decoder decoder,
      Predicate<AdaptableModule> stored) {
    this.config = config;
    this.architecture = architecture;
    this.manager = manager;
    this.decoder = decoder;
    this.stored = stored;
  }

  /**
   * Reads the outline.
   *
   * @param path a directory with {@code config.json} and perhaps weights, or a {@code config.json}
   * @return the outline, to be closed by the caller
   * @throws CheckpointException if something is wrong with it, as loading would say it
   */
  static CheckpointMemory open(Path path) {
    if (!Files.exists(path)) {
      throw new CheckpointException(
          "%s: neither a checkpoint's directory nor a config.json is there".formatted(path));
    }
    if (GgufFile.isNamed(path)) {
      throw new CheckpointException(
          "%s: memory is not planned for GGUF files; plan for the checkpoint it was converted from"
              .formatted(path));
    }
    HuggingFaceConfig config = HuggingFaceConfig.read(path);
    Architecture architecture = Architectures.of(config);
    NDManager manager = PyTorchEngine.newManager(Device.cpu());
    try {
      return Checkpoint.isIn(path)
          ? ofHeaders(path, config, architecture, manager)
          : ofConfig(config, architecture, manager);
    } catch (RuntimeException | Error e) {
      manager.close();
      throw e;
    }
  }

  private static CheckpointMemory ofConfig(
      HuggingFaceConfig config, Architecture architecture, NDManager manager) {
    Decoder decoder = architecture.build(config, manager, new OutlineWeights((name, shape) -> {}));
    return new CheckpointMemory(
        config, architecture, manager, decoder, module -> !module.outputHead());
  }

  private static CheckpointMemory ofHeaders(
      Path path, HuggingFaceConfig config, Architecture architecture, NDManager manager) {
    try (Checkpoint checkpoint = Checkpoint.open(path)) {
      CheckpointWeights weights =
          new CheckpointWeights(checkpoint, architecture, QuantizationConfig.format(config));
      Decoder decoder = architecture.build(config, manager, new OutlineWeights(weights::check));
      weights.requireAllRead(CheckpointLoader.tiedHead(decoder));
      List<String> quantized =
          modules(decoder).stream()
              .filter(weights::isQuantized)
              .map(AdaptableModule::name)
              .toList();
      return new CheckpointMemory(
          config, architecture, manager, decoder, module -> quantized.contains(module.name()));
    }
  }

  private static List<AdaptableModule> modules(Decoder decoder) {
    return decoder.modules().stream().map(ModuleSlot::module).toList();
  }

  @Override
  public MemoryNeed need(PlanOptions options) {
    WeightSources sources = WeightSources.of(config, architecture, options.loading());
    sources.requireKept(decoder);
    AdaptationPlan plan = plan(options);
    QuantizedModules quantized =
        isQuantized()
            ? new QuantizedModules(sources.stored().map(this::planned), stored)
            : new QuantizedModules(
                options.loading().quantization(),
                WeightSources.kept(architecture, options.loading()).negate());
    return TrainingMemory.of(decoder, plan, quantized, options);
  }

  private Quantization planned(StoredQuantization found) {
    return found
        .quantization()
        .orElseThrow(
            () ->
                config.error(
                    QuantizationConfig.FIELD,
                    "says %s, whose memory is not planned; plan for the checkpoint it was made from, in nf4"
                        .formatted(found.label())));
  }

  private AdaptationPlan plan(PlanOptions options) {
    AdaptationPlan plan =
        TargetResolver.plan(options.adapter(), modules(decoder), architecture.defaultTargets());
    NetworkHost.requireAdaptable(plan);
    return plan;
  }

  @Override
  public boolean isQuantized() {
    return config.has(QuantizationConfig.FIELD);
  }

  @Override
  public void close() {
    manager.close();
  }
}
