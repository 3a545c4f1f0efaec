// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import io.github.lora4j.CheckpointException;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.LoadOptions;
import io.github.lora4j.ModuleSelector;
import io.github.lora4j.djl.arch.ComputingWeights;
import io.github.lora4j.djl.arch.ModelFamily;
import io.github.lora4j.djl.arch.QuantizingWeights;
import io.github.lora4j.djl.format.HuggingFaceConfig;
import io.github.lora4j.djl.nn.ModuleSlot;
import io.github.lora4j.djl.nn.Network;
import io.github.lora4j.djl.nn.QuantizedLinear;
import io.github.lora4j.djl.nn.WeightSource;
import io.github.lora4j.djl.quant.QuantizationConfig;
import io.github.lora4j.djl.quant.StoredQuantization;
import io.github.lora4j.quant.Quantization;
import io.github.lora4j.target.AdaptableModule;
import io.github.lora4j.target.SelectedNames;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * The weights of a checkpoint as they are to be loaded: as stored, or quantised on the way.
 *
 * @param config the checkpoint's configuration
 * @param family the family the model is of
 * @param stored how the checkpoint itself is quantised, or empty
 * @param options what the user wants
 */
record WeightSources(
    HuggingFaceConfig config,
    ModelFamily family,
    Optional<StoredQuantization> stored,
    LoadOptions options) {
  /**
   * Holds the options against the checkpoint.
   *
   * @throws CheckpointException if the checkpoint is quantised by a method that is not supported
   * @throws ConfigurationException if options and checkpoint contradict each other
   */
  static WeightSources of(HuggingFaceConfig config, ModelFamily family, LoadOptions options) {
    return of(config, family, QuantizationConfig.read(config), options);
  }

  /** The same, where something else than the configuration says how the weights are stored. */
  static WeightSources of(
      HuggingFaceConfig config,
      ModelFamily family,
      Optional<? extends StoredQuantization> found,
      LoadOptions options) {
    Optional<StoredQuantization> stored = found.map(quantization -> quantization);
    stored.ifPresent(quantization -> requireSame(config, quantization, options));
    return new WeightSources(config, family, stored, options);
  }

  private static void requireSame(
      HuggingFaceConfig config, StoredQuantization stored, LoadOptions options) {
    options
        .quantization()
        .filter(wanted -> !stored.is(wanted))
        .ifPresent(wanted -> refuse(config, stored.label(), wanted));
    if (!(options.keepUnquantized() instanceof ModuleSelector.Unset)) {
      throw new ConfigurationException(
          "LoadOptions: keepUnquantized does not apply to %s, which is quantised already; leave it"
                  .formatted(config.path())
              + " out, or load the checkpoint it was made from");
    }
  }

  private static void refuse(HuggingFaceConfig config, String stored, Quantization wanted) {
    throw new ConfigurationException(
        "LoadOptions: quantization %s was asked for, but %s says that the checkpoint is in %s; leave"
                .formatted(wanted.name(), config.path(), stored)
            + " quantization(...) out, or load the checkpoint it was made from");
  }

  /** The source to build a network from. */
  WeightSource source(WeightSource weights) {
    return computing(stored.isPresent() ? weights : quantizing(weights, family, options));
  }

  private WeightSource computing(WeightSource weights) {
    return new ComputingWeights(weights, options.computeType());
  }

  /** A source that quantises what the options say. */
  static WeightSource quantizing(WeightSource weights, ModelFamily family, LoadOptions options) {
    return options
        .quantization()
        .<WeightSource>map(
            quantization -> new QuantizingWeights(weights, quantization, kept(family, options)))
        .orElse(weights);
  }

  /** Which linear modules stay as they are while the others are quantised. */
  static Predicate<AdaptableModule> kept(ModelFamily family, LoadOptions options) {
    if (options.keepUnquantized() instanceof ModuleSelector.Unset) {
      return family::staysUnquantized;
    }
    Predicate<String> names = SelectedNames.of(options.keepUnquantized());
    return module -> names.test(module.name());
  }

  /**
   * Holds what was built against options and configuration.
   *
   * @throws ConfigurationException if a module to be kept does not exist, or a stored block size is
   *     not the one asked for
   * @throws CheckpointException if configuration and tensors contradict each other
   */
  void check(Network network) {
    requireKept(network);
    ComputeSupport.require(options, !network.quantized().isEmpty());
    network.quantized().forEach(this::checkStored);
    if (stored.isPresent() && network.quantized().isEmpty()) {
      throw config.error(
          QuantizationConfig.FIELD, "is there, but no weight of the checkpoint is quantised");
    }
  }

  /**
   * Holds the modules that are to be kept against the model.
   *
   * @throws ConfigurationException if one does not exist
   */
  void requireKept(Network network) {
    if (options.keepUnquantized() instanceof ModuleSelector.Names names) {
      names.names().forEach(name -> requireModule(network, name));
    }
  }

  private static void requireModule(Network network, String name) {
    Predicate<String> selected = SelectedNames.of(new ModuleSelector.Names(List.of(name)));
    boolean found =
        network.modules().stream()
            .map(ModuleSlot::module)
            .anyMatch(m -> m.isLinear() && selected.test(m.name()));
    if (!found) {
      throw new ConfigurationException(
          "LoadOptions: keepUnquantized names \"%s\", but no linear module has that name or ends in it"
              .formatted(name));
    }
  }

  private void checkStored(ModuleSlot slot, QuantizedLinear linear) {
    linear.requantizable().ifPresent(tensor -> checkStored(slot, tensor.quantization()));
  }

  private void checkStored(ModuleSlot slot, Quantization found) {
    if (stored.isPresent() && !stored.get().is(found)) {
      throw config.error(
          QuantizationConfig.FIELD,
          "says %s, but \"%s\" is in %s".formatted(stored.get().label(), slot.name(), found));
    }
    options
        .quantization()
        .filter(wanted -> !wanted.equals(found))
        .ifPresent(wanted -> refuse(config, found.name(), wanted));
  }
}
