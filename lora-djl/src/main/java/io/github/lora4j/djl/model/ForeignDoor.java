// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import ai.djl.Model;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import io.github.lora4j.AdapterConfig;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.LoraModel;
import io.github.lora4j.djl.inject.parameter.ParameterModule;
import io.github.lora4j.djl.kernel.TorchOps;
import io.github.lora4j.target.AdaptableModule;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** The part of a door for foreign models that is the same for all of them. */
abstract class ForeignDoor implements AdapterDoor {
  @Override
  public final LoraModel wrap(Model base, AdapterConfig config) {
    return adapt(base, model -> model.addAdapter(LoraModel.DEFAULT_ADAPTER, config));
  }

  @Override
  public final LoraModel load(Model base, Path adapterDirectory) {
    return adapt(base, model -> model.loadAdapter(LoraModel.DEFAULT_ADAPTER, adapterDirectory));
  }

  private LoraModel adapt(Model base, Consumer<ForeignModel> firstAdapter) {
    AdaptedBlocks.requireFree(base);
    requireInitialized(base);
    return AdapterSetModel.begin(open(base), firstAdapter);
  }

  @Override
  public final List<AdaptableModule> modules(Model base) {
    requireInitialized(base);
    try (NDManager scope = base.getNDManager().newSubManager()) {
      return modules(base, new TorchOps(scope)).stream().map(ParameterModule::module).toList();
    }
  }

  private ForeignModel open(Model base) {
    NDManager manager = base.getNDManager().newSubManager();
    try {
      return new ForeignModel(base, inject(base, manager));
    } catch (RuntimeException e) {
      manager.close();
      throw e;
    }
  }

  private static void requireInitialized(Model base) {
    for (Parameter parameter : base.getBlock().getParameters().values()) {
      if (!parameter.isInitialized()) {
        throw new ConfigurationException(
            "LoraModel.wrap: \"%s\" has no values for its parameter \"%s\"; load it, or call getBlock().initialize(...), before wrapping it"
                .formatted(base.getName(), parameter.getName()));
      }
    }
  }

  /**
   * Prepares a model for adapters.
   *
   * @param base a model of this kind
   * @param manager owns what adapters hold
   * @return how they get into it
   */
  abstract Injection inject(Model base, NDManager manager);

  /**
   * The modules of a model.
   *
   * @param base a model of this kind
   * @param ops the operators
   * @return in the model's order
   */
  abstract List<ParameterModule> modules(Model base, TorchOps ops);

  /** The number of values of all parameters. */
  static long count(List<ParameterModule> modules) {
    return modules.stream()
        .flatMap(module -> Stream.concat(Stream.of(module.weight()), module.bias().stream()))
        .mapToLong(parameter -> parameter.getArray().size())
        .sum();
  }
}
