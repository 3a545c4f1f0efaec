// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j;

import ai.djl.Model;
import io.github.lora4j.combine.WeightedCombination;
import io.github.lora4j.spi.LoraProvider;
import io.github.lora4j.target.AdaptableModule;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A model with low-rank adapters on it (Hu et al., 2021; PEFT: {@code PeftModel}). The base is
 * frozen; the adapters train.
 *
 * <p>Closing it takes the adapters off the base and frees them; the base stays open and is as it
 * was.
 */
public interface LoraModel extends CausalLm {
  /** The name of the adapter that {@link #wrap} and {@link #load} make. */
  String DEFAULT_ADAPTER = "default";

  /** The name that stands for no adapter in {@link #forAdapters} (PEFT: {@code __base__}). */
  String BASE = "__base__";

  /**
   * Puts a new adapter on a model (PEFT: {@code get_peft_model}). The base is frozen. With low-rank
   * adapters A is random, B zero, and so the output is unchanged.
   *
   * @param base a model that {@link HuggingFaceModel#load} or {@link HuggingFaceModel#loadEncoder}
   *     gave, or any model of DJL's PyTorch engine: of DJL's blocks, initialised, or a TorchScript
   *     module that DJL loaded with the option {@code trainParam}
   * @param config what kind of adapter, on which modules, and how
   * @return the model with the adapter named {@link #DEFAULT_ADAPTER} active
   * @throws ConfigurationException if nothing matches the targets; the message lists the closest
   *     names
   */
  static LoraModel wrap(Model base, AdapterConfig config) {
    return LoraProvider.get().wrap(base, config);
  }

  /**
   * Puts a saved adapter on a model (PEFT: {@code PeftModel.from_pretrained}).
   *
   * @param base a model that {@link HuggingFaceModel#load} or {@link HuggingFaceModel#loadEncoder}
   *     gave, or any model of DJL's PyTorch engine: of DJL's blocks, initialised, or a TorchScript
   *     module that DJL loaded with the option {@code trainParam}
   * @param adapterDirectory holds {@code adapter_config.json} and {@code adapter_model.safetensors}
   * @return the model with the adapter named {@link #DEFAULT_ADAPTER} active
   * @throws AdapterException if the adapter is damaged or another model's
   */
  static LoraModel load(Model base, Path adapterDirectory) {
    return LoraProvider.get().load(base, adapterDirectory);
  }

  /**
   * What of a model a configuration can name: as targets, or as modules to save in full.
   *
   * @param base a model as {@link #wrap} takes it
   * @return the modules that own parameters, in the model's order
   * @throws ConfigurationException if the model cannot be adapted
   */
  static List<AdaptableModule> adaptableModules(Model base) {
    return LoraProvider.get().adaptableModules(base);
  }

  /**
   * The adapters by name.
   *
   * @return their configurations, in the order they were added
   */
  Map<String, AdapterConfig> adapters();

  /**
   * The adapter in use, the first if there are several.
   *
   * @return its name, or empty if none is active or adapters are disabled
   */
  Optional<String> activeAdapter();

  /**
   * The adapters in use.
   *
   * @return their names, in the order they were chosen; none if adapters are disabled
   */
  List<String> activeAdapters();

  /**
   * What can be adapted.
   *
   * @return the modules that own parameters, in the order of the data
   */
  List<AdaptableModule> adaptableModules();

  /**
   * Adds a new adapter beside the others; the active one stays active.
   *
   * @param name its name
   * @param config what kind of adapter, on which modules, and how
   * @throws ConfigurationException if the name is taken or nothing matches the targets
   */
  void addAdapter(String name, AdapterConfig config);

  /**
   * Loads a saved adapter beside the others; the active one stays active.
   *
   * @param name its name here
   * @param directory holds {@code adapter_config.json} and {@code adapter_model.safetensors}
   * @throws AdapterException if a tensor is missing, extra or misshapen; nothing is added then
   */
  default void loadAdapter(String name, Path directory) {
    loadAdapter(name, directory, true);
  }

  /**
   * Loads a saved adapter beside the others.
   *
   * @param name its name here
   * @param directory holds {@code adapter_config.json} and {@code adapter_model.safetensors}
   * @param strict whether missing and extra tensors are refused; if not, they are logged and
   *     missing factors start anew
   * @throws AdapterException if the adapter is damaged or does not fit; nothing is added then
   */
  void loadAdapter(String name, Path directory, boolean strict);

  /**
   * Writes a saved adapter's values over those of an adapter here (PEFT: {@code hotswap_adapter}).
   * Its arrays stay in place, active or not, and nothing is compiled anew.
   *
   * @param name the adapter whose values are replaced
   * @param directory holds an adapter of the same modules, ranks and scalings
   * @throws AdapterException if it is damaged or of another form; nothing changes then
   * @throws ConfigurationException if there is none of that name
   * @throws IllegalStateException if an adapter is merged
   */
  void swapAdapter(String name, Path directory);

  /**
   * Combines adapters into a new one beside them; the active one stays active (PEFT: {@code
   * add_weighted_adapter}). Its factors hold weights and scalings, its own scaling is 1.
   *
   * @param name its name
   * @param combination which adapters, and how
   * @throws ConfigurationException if the name is taken, there is none of a name, or they cannot be
   *     combined: their ranks differ where factors are combined, or one is more than low-rank
   *     factors
   */
  void addWeightedAdapter(String name, WeightedCombination combination);

  /**
   * Removes an adapter.
   *
   * @param name its name
   * @throws ConfigurationException if there is none of that name
   */
  void deleteAdapter(String name);

  /**
   * Gives an adapter another name.
   *
   * @param from its name
   * @param to its name from now on
   * @throws ConfigurationException if there is none of that name, or the new name is taken
   * @throws IllegalStateException if an adapter is merged
   */
  void renameAdapter(String from, String to);

  /**
   * Makes an adapter the active and trainable one, and enables adapters.
   *
   * @param name its name
   * @throws ConfigurationException if there is none of that name
   * @throws IllegalStateException if an adapter is merged
   */
  default void setActiveAdapter(String name) {
    setActiveAdapters(name);
  }

  /**
   * Makes adapters the active and trainable ones, and enables adapters. Their updates are added
   * (PEFT: {@code set_adapter} with a list).
   *
   * @param names their names, each once, at least one
   * @throws ConfigurationException if there is none of a name, or two replace the same weight or
   *     bias
   * @throws IllegalStateException if an adapter is merged
   */
  void setActiveAdapters(String... names);

  /**
   * This model for mixed batches: row i of each batch computes with the i-th adapter, whether or
   * not that is active, and what a row gives does not depend on its neighbours (PEFT: {@code
   * adapter_names}). It shares everything with this model, and closing it leaves this model open.
   *
   * <pre>{@code
   * try (CausalLm mixed = model.forAdapters(List.of("french", "german", LoraModel.BASE))) {
   *   mixed.generate(List.of(a, b, c), config, TokenListener.silent());
   * }
   * }</pre>
   *
   * <p>It trains those of its adapters that are active: {@link #setActiveAdapters} first.
   *
   * @param adapterOfRow a name a row, {@link #BASE} for none
   * @return the model, for batches and lists of prompts of exactly so many rows
   * @throws ConfigurationException if there is none of a name, an adapter brings biases or modules
   *     of its own, or the model cannot
   * @throws IllegalStateException if an adapter is merged, or adapters are disabled
   */
  CausalLm forAdapters(List<String> adapterOfRow);

  /** Leaves the base alone in use, bit for bit as it was. The adapters are kept. */
  void disableAdapters();

  /** Uses the active adapters again after {@link #disableAdapters}. */
  void enableAdapters();

  /**
   * Adds the active adapters into the base's weights; the weights as they were are kept. A
   * quantised weight is dequantised, added to and quantised again, as it was before.
   *
   * @return what that rounds off; also when merged already
   * @throws AdapterException if a merged weight would not be finite (PEFT: {@code safe_merge});
   *     nothing is merged then
   */
  MergeReport merge();

  /** Puts the base's weights back, bit for bit as they were before {@link #merge}. */
  void unmerge();

  /**
   * Whether the active adapters are merged.
   *
   * @return true between {@link #merge} and {@link #unmerge}
   */
  boolean isMerged();

  /**
   * Merges the active adapters for good and takes all adapters off. This object is closed thereby.
   *
   * @return the base that was wrapped, its weights changed
   */
  Model mergeAndUnload();

  /**
   * Saves the active adapter in PEFT's format.
   *
   * @param directory where to; made if need be
   * @throws IllegalStateException if none is active, or more than one
   * @throws AdapterException if it cannot be written; nothing half written stays
   */
  void saveAdapter(Path directory);

  /**
   * Saves an adapter in PEFT's format.
   *
   * @param name which adapter
   * @param directory where to; made if need be
   * @throws AdapterException if it cannot be written; nothing half written stays
   */
  void saveAdapter(String name, Path directory);

  /**
   * Saves the active adapter in PEFT's format so that it fits the base as it is (PEFT: {@code
   * path_initial_model_for_weight_conversion}). One that works over what its initialization left of
   * the base's weights, as {@link Initialization#PISSA} does, becomes an ordinary adapter of twice
   * the rank, so that nobody has to decompose the weights again; any other is saved as it is.
   *
   * @param directory where to; made if need be
   * @throws AdapterException if it cannot be written; nothing half written stays
   */
  void saveConvertedAdapter(Path directory);

  /**
   * Saves base and active adapters as one Hugging Face checkpoint in float32 without adapters. The
   * model in memory stays as it is. Over a quantised base the sum is of its dequantised weights:
   * {@link #saveMerged(Path, Path)} gives better ones.
   *
   * @param directory where to; made if need be
   * @throws CheckpointException if it cannot be written
   */
  void saveMerged(Path directory);

  /**
   * Adds the active adapters to the checkpoint that the base was made from, tensor by tensor: each
   * keeps its type, one at a time is in memory, and what the adapter leaves alone is copied byte by
   * byte. So an adapter that was trained on a quantised base is merged into weights that never
   * were.
   *
   * @param original the checkpoint before it was quantised; not changed
   * @param directory where to, another directory; made if need be
   * @return what the types of the tensors round off
   * @throws CheckpointException if the original is another model's, is quantised itself, or the
   *     result cannot be written
   */
  MergeReport saveMerged(Path original, Path directory);
}
