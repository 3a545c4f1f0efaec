// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import ai.djl.Device;
import ai.djl.Model;
import ai.djl.repository.zoo.ZooModel;
import io.github.lora4j.AdapterConfig;
import io.github.lora4j.CausalLm;
import io.github.lora4j.LoadOptions;
import io.github.lora4j.LoraModel;
import io.github.lora4j.TextEncoder;
import io.github.lora4j.data.InstructionDataset;
import io.github.lora4j.djl.inject.AdapterFile;
import io.github.lora4j.djl.inject.GgufAdapter;
import io.github.lora4j.djl.train.FineTuning;
import io.github.lora4j.djl.train.MultiLoraRun;
import io.github.lora4j.plan.MemoryLimit;
import io.github.lora4j.plan.MemoryModel;
import io.github.lora4j.serve.LoraServer;
import io.github.lora4j.serve.ServerOptions;
import io.github.lora4j.spi.LoraProvider;
import io.github.lora4j.target.AdaptableModule;
import io.github.lora4j.train.FineTuningOptions;
import io.github.lora4j.train.FineTuningResult;
import io.github.lora4j.train.RunStart;
import io.github.lora4j.train.multi.JobQueue;
import io.github.lora4j.train.multi.JobResult;
import io.github.lora4j.train.multi.MultiLoraOptions;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The implementation on DJL's PyTorch engine. */
public final class DjlLoraProvider implements LoraProvider {
  /** Made by {@link java.util.ServiceLoader}. */
  public DjlLoraProvider() {}

  @Override
  public CausalLm loadHuggingFace(Path path, LoadOptions options) {
    return CheckpointModel.load(path, options);
  }

  @Override
  public TextEncoder loadEncoder(Path directory, LoadOptions options) {
    return CheckpointEncoder.load(directory, options);
  }

  @Override
  public LoraModel wrap(Model base, AdapterConfig config) {
    Model own = unwrapped(base);
    return AdapterDoors.of(own).wrap(own, config);
  }

  @Override
  public LoraModel load(Model base, Path adapterDirectory) {
    Model own = unwrapped(base);
    return AdapterDoors.of(own).load(own, adapterDirectory);
  }

  @Override
  public List<AdaptableModule> adaptableModules(Model base) {
    Model own = unwrapped(base);
    return AdapterDoors.of(own).modules(own);
  }

  /** What DJL's criteria load comes wrapped; ours is known by its class. */
  private static Model unwrapped(Model model) {
    return model instanceof ZooModel<?, ?> zoo && zoo.getWrappedModel() instanceof CausalLm own
        ? own
        : model;
  }

  @Override
  public void exportGguf(Path adapterDirectory, Path base, Path file) {
    try (AdapterFile adapter = AdapterFile.open(adapterDirectory)) {
      GgufAdapter.of(adapter, new ModelLocation(base).config()).write(file);
    }
  }

  @Override
  public FineTuningResult fineTune(
      CausalLm model,
      InstructionDataset training,
      Optional<InstructionDataset> evaluation,
      FineTuningOptions options,
      RunStart start) {
    return FineTuning.run(
        Trainability.requireTrainable(model, options), training, evaluation, options, start);
  }

  @Override
  public List<JobResult> fineTuneTogether(
      CausalLm base, JobQueue queue, MultiLoraOptions options, RunStart start) {
    try (AdaptedModel model = Trainability.requireShared(base)) {
      return MultiLoraRun.run(
          Trainability.trained(model, model::saveAdapter),
          model.adapterSet(),
          queue,
          options,
          start);
    } finally {
      queue.close();
    }
  }

  @Override
  public LoraServer serve(CausalLm base, ServerOptions options) {
    return ServedModel.serve(base, options);
  }

  @Override
  public MemoryModel memoryModel(Path model) {
    return CheckpointMemory.open(model);
  }

  @Override
  public MemoryLimit memoryLimit(Device device) {
    return DeviceMemory.of(device);
  }
}
