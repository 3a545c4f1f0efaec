package io.github.lora4j.djl.model;

import ai.djl.Model;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.LoraConfig;
import io.github.lora4j.LoraModel;
import io.github.lora4j.djl.inject.parameter.ParameterModule;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** The part of a door for foreign models that is the same for all of them. */
abstract class ForeignDoor implements AdapterDoor {
  @Override
  public final LoraModel wrap(Model base, LoraConfig config) {
    return adapt(base, model -> model.addAdapter(LoraModel.DEFAULT_ADAPTER, config));
  }

  @Override
  public final LoraModel load(Model base, Path adapterDirectory) {
    return adapt(base, model -> model.loadAdapter(LoraModel.DEFAULT_ADAPTER, adapterDirectory));
  }

  private LoraModel adapt(Model base, Consumer<ForeignModel> firstAdapter) {
    AdaptedBlocks.requireFree(base);
    requireInitialized(base);
    ForeignModel model = open(base);
    try {
      firstAdapter.accept(model);
      model.setActiveAdapter(LoraModel.DEFAULT_ADAPTER);
      return model;
    } catch (RuntimeException e) {
      model.close();
      throw e;
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

  /** The number of values of all parameters. */
  static long count(List<ParameterModule> modules) {
    return modules.stream()
        .flatMap(module -> Stream.concat(Stream.of(module.weight()), module.bias().stream()))
        .mapToLong(parameter -> parameter.getArray().size())
        .sum();
  }
}
