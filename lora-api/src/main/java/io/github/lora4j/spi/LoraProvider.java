// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.spi;

import ai.djl.Device;
import ai.djl.Model;
import io.github.lora4j.AdapterConfig;
import io.github.lora4j.CausalLm;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.LoadOptions;
import io.github.lora4j.LoraModel;
import io.github.lora4j.TextEncoder;
import io.github.lora4j.data.InstructionDataset;
import io.github.lora4j.plan.MemoryLimit;
import io.github.lora4j.plan.MemoryModel;
import io.github.lora4j.serve.LoraServer;
import io.github.lora4j.serve.ServerOptions;
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
import java.util.ServiceLoader;

/**
 * What an implementation on an engine provides. Registered under this name in META-INF/services.
 */
public interface LoraProvider {
  /**
   * The implementation on the class path.
   *
   * @return the first one found
   * @throws ConfigurationException if there is none; the message names the artifact to add
   */
  static LoraProvider get() {
    return ServiceLoader.load(LoraProvider.class)
        .findFirst()
        .orElseThrow(
            () ->
                new ConfigurationException(
                    "no implementation of lora4j on the class path; add the dependency"
                        + " io.github.lora4j:lora-djl"));
  }

  /**
   * Loads a Hugging Face checkpoint.
   *
   * @param path the checkpoint's directory, or a model's GGUF file
   * @param options where and how
   * @return the model, frozen
   */
  CausalLm loadHuggingFace(Path path, LoadOptions options);

  /**
   * Loads a Hugging Face checkpoint of an encoder.
   *
   * @param directory the checkpoint
   * @param options where and how
   * @return the model, frozen
   */
  TextEncoder loadEncoder(Path directory, LoadOptions options);

  /**
   * Puts a new adapter on a model.
   *
   * @param base the model
   * @param config what kind of adapter, on which modules, and how
   * @return the model with the adapter
   */
  LoraModel wrap(Model base, AdapterConfig config);

  /**
   * Puts a saved adapter on a model.
   *
   * @param base the model
   * @param adapterDirectory the adapter
   * @return the model with the adapter
   */
  LoraModel load(Model base, Path adapterDirectory);

  /**
   * What of a model a configuration can name.
   *
   * @param base the model
   * @return the modules that own parameters, in the model's order
   */
  List<AdaptableModule> adaptableModules(Model base);

  /**
   * Writes an adapter as llama.cpp reads it; see {@link io.github.lora4j.GgufExport#adapter}.
   *
   * @param adapterDirectory the adapter
   * @param base the model it is for
   * @param file where to
   */
  void exportGguf(Path adapterDirectory, Path base, Path file);

  /**
   * Trains a model; see {@link io.github.lora4j.train.FineTuner#fit}.
   *
   * @param model the model
   * @param training what to train on
   * @param evaluation what to evaluate on, if that is not split off the training data
   * @param options how
   * @param start where to begin
   * @return the run
   */
  FineTuningResult fineTune(
      CausalLm model,
      InstructionDataset training,
      Optional<InstructionDataset> evaluation,
      FineTuningOptions options,
      RunStart start);

  /**
   * Trains several adapters at once; see {@link io.github.lora4j.train.multi.MultiLoraTrainer#fit}.
   *
   * @param base the model
   * @param queue where jobs come from; closed when the run is over
   * @param options how steps are formed
   * @param start whether jobs go on after the newest checkpoints in their output directories, or
   *     begin
   * @return one result a job, in the order they were submitted
   */
  List<JobResult> fineTuneTogether(
      CausalLm base, JobQueue queue, MultiLoraOptions options, RunStart start);

  /**
   * Starts a server; see {@link LoraServer}.
   *
   * @param base the model
   * @param options how
   * @return the server, at work
   */
  LoraServer serve(CausalLm base, ServerOptions options);

  /**
   * Describes what a model takes, without loading it.
   *
   * @param model a checkpoint's directory, or a {@code config.json}
   * @return the description, to be closed by the caller
   */
  MemoryModel memoryModel(Path model);

  /**
   * What memory a device has.
   *
   * @param device the device
   * @return all of it, in use or not
   */
  MemoryLimit memoryLimit(Device device);
}
