// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject;

import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import io.github.lora4j.AdapterConfig;
import io.github.lora4j.AdapterException;
import io.github.lora4j.AdapterRows;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.LoraConfig;
import io.github.lora4j.LoraModel;
import io.github.lora4j.MergeReport;
import io.github.lora4j.TrainableParameters;
import io.github.lora4j.combine.WeightedCombination;
import io.github.lora4j.djl.inject.combine.Combination;
import io.github.lora4j.djl.kernel.CombineOps;
import io.github.lora4j.djl.kernel.TorchOps;
import io.github.lora4j.target.AdaptableModule;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The adapters on one model, whatever kind of model it is: which there are, which are in use, and
 * whether they are merged. Owns them.
 */
public final class AdapterSet implements AutoCloseable {
  private final AdapterHost host;
  private final NDManager manager;
  private final TorchOps ops;
  private final Map<String, InstalledAdapter> adapters = new LinkedHashMap<>();
  private List<InstalledAdapter> active = List.of();
  private @Nullable Merge merge;
  private boolean enabled = true;

  /**
   * Starts without adapters.
   *
   * @param host the model
   * @param manager sub-managers of it own what adapters hold
   */
  public AdapterSet(AdapterHost host, NDManager manager) {
    this.host = host;
    this.manager = manager;
    ops = new TorchOps(manager);
  }

  /**
   * The adapters' configurations.
   *
   * @return by name, in the order they were added
   */
  public Map<String, AdapterConfig> configs() {
    Map<String, AdapterConfig> configs = new LinkedHashMap<>();
    adapters.forEach((name, adapter) -> configs.put(name, adapter.config()));
    return configs;
  }

  /**
   * The adapters.
   *
   * @return in the order they were added
   */
  public Collection<InstalledAdapter> all() {
    return Collections.unmodifiableCollection(adapters.values());
  }

  /**
   * The names of the adapters in use.
   *
   * @return the names; none if none is active or adapters are disabled
   */
  public List<String> inUse() {
    return enabled ? active.stream().map(InstalledAdapter::name).toList() : List.of();
  }

  /**
   * What can be adapted.
   *
   * @return the modules that own parameters, in the order of the data
   */
  public List<AdaptableModule> modules() {
    return host.modules();
  }

  /**
   * An adapter by its name.
   *
   * @param name its name
   * @return the adapter
   * @throws ConfigurationException if there is none of that name
   */
  public InstalledAdapter get(String name) {
    InstalledAdapter adapter = adapters.get(name);
    if (adapter == null) {
      throw new ConfigurationException(
          "no adapter \"%s\"; there are %s".formatted(name, adapters.keySet()));
    }
    return adapter;
  }

  /**
   * The one active adapter, enabled or not.
   *
   * @return the adapter
   * @throws IllegalStateException if there is none, or more than one
   */
  public InstalledAdapter requireActive() {
    if (active.isEmpty()) {
      throw new IllegalStateException("no adapter is active; call setActiveAdapter first");
    }
    if (active.size() > 1) {
      throw new IllegalStateException(
          "the adapters %s are active together; name the one that is meant"
              .formatted(active.stream().map(InstalledAdapter::name).toList()));
    }
    return active.get(0);
  }

  /**
   * The adapters in use.
   *
   * @param what what they are needed for, as "cannot …" goes on
   * @return the adapters, at least one
   * @throws IllegalStateException if none is
   */
  public List<InstalledAdapter> requireInUse(String what) {
    if (active.isEmpty() || !enabled) {
      throw new IllegalStateException(
          "cannot %s: no adapter is in use; call setActiveAdapter or enableAdapters first"
              .formatted(what));
    }
    return active;
  }

  /**
   * What the adapters in use do in each step of a training.
   *
   * @param runLength the steps of the training, if they are known
   * @return the hooks, to be closed by the caller
   * @throws ConfigurationException if a training of that length cannot be
   */
  public List<StepHook> stepHooks(OptionalInt runLength) {
    return enabled
        ? active.stream().flatMap(adapter -> adapter.stepHook(runLength).stream()).toList()
        : List.of();
  }

  /**
   * Adds a new adapter, inactive.
   *
   * @param name its name
   * @param config what kind of adapter, on which modules, and how
   * @throws ConfigurationException if the name is taken or nothing matches the targets
   */
  public void add(String name, AdapterConfig config) {
    requireFree(name);
    adapters.put(name, host.families().create(name, config, manager));
  }

  /**
   * Loads an adapter, inactive.
   *
   * @param name its name here
   * @param directory in PEFT's format
   * @param strict whether missing and extra tensors are refused
   * @throws AdapterException if the adapter is damaged or does not fit; nothing is added then
   */
  public void load(String name, Path directory, boolean strict) {
    requireFree(name);
    try (AdapterFile file = AdapterFile.open(directory)) {
      adapters.put(name, loaded(name, file, strict, directory));
    }
  }

  /**
   * Combines adapters into a new one, inactive; they stay as they are.
   *
   * @param name its name
   * @param config which adapters, and how
   * @throws ConfigurationException if the name is taken, there is none of a name, or they cannot be
   *     combined
   */
  public void combine(String name, WeightedCombination config) {
    requireFree(name);
    List<InstalledAdapter> parts =
        config.adapters().stream().map(part -> get(part.name())).toList();
    try (NDManager scope = manager.newSubManager()) {
      Combination method = Combination.of(config, new CombineOps(ops));
      CombinedAdapter combined = CombinedAdapter.of(method, parts, config.adapters());
      LoraConfig concrete = combined.config();
      adapters.put(
          name, new LoraFamily(host).install(name, concrete, combined.factors(scope), manager));
    }
  }

  /**
   * Writes a saved adapter's values over those of an adapter of the same form.
   *
   * @param name the adapter
   * @param directory in PEFT's format
   * @throws AdapterException if the saved one is damaged or of another form; nothing changes then
   * @throws IllegalStateException if an adapter is merged
   */
  public void swap(String name, Path directory) {
    InstalledAdapter current = get(name);
    requireNotMerged("swap an adapter");
    // No adapter of a user's has a dot in its name.
    try (AdapterFile file = AdapterFile.open(directory);
        InstalledAdapter next = loaded("swap." + name, file, true, directory)) {
      new HotSwap(ops.copyInto()).swap(current, next, directory);
    }
  }

  private InstalledAdapter loaded(String name, AdapterFile file, boolean strict, Path directory) {
    try {
      return host.families().load(name, file, strict, manager);
    } catch (ConfigurationException e) {
      throw new AdapterException(
          "%s: the adapter does not fit the model \"%s\": %s"
              .formatted(directory, host.name(), e.getMessage()),
          e);
    }
  }

  private void requireFree(String name) {
    requireNotMerged("add an adapter");
    if (adapters.containsKey(name)) {
      throw new ConfigurationException(
          "an adapter \"%s\" exists already; delete it first or choose another name"
              .formatted(name));
    }
    if (name.isEmpty() || name.contains(".")) {
      throw new ConfigurationException(
          "an adapter's name must not be empty or hold a dot, was \"%s\"".formatted(name));
    }
    if (name.equals(LoraModel.BASE)) {
      throw new ConfigurationException(
          "an adapter's name must not be \"%s\", which stands for no adapter"
              .formatted(LoraModel.BASE));
    }
  }

  /**
   * Gives an adapter another name; its place and its values stay as they are.
   *
   * @param from its name
   * @param to its name from now on
   * @throws ConfigurationException if there is none of that name, or the new name is taken
   * @throws IllegalStateException if an adapter is merged
   */
  public void rename(String from, String to) {
    InstalledAdapter renamed = get(from);
    requireFree(to);
    renamed.rename(to);
    Map<String, InstalledAdapter> before = new LinkedHashMap<>(adapters);
    adapters.clear();
    before.values().forEach(adapter -> adapters.put(adapter.name(), adapter));
  }

  /**
   * Removes an adapter and frees it.
   *
   * @param name its name
   * @throws ConfigurationException if there is none of that name
   * @throws IllegalStateException if it is merged
   */
  public void delete(String name) {
    InstalledAdapter adapter = get(name);
    if (active.contains(adapter)) {
      requireNotMerged("delete the merged adapter");
      active = active.stream().filter(other -> other != adapter).toList();
    }
    adapters.remove(name);
    adapter.close();
  }

  /**
   * Makes adapters the active and trainable ones, and enables adapters.
   *
   * @param names their names, each once, at least one
   * @throws ConfigurationException if there is none of a name, or they cannot be in use together
   * @throws IllegalStateException if an adapter is merged
   */
  public void activate(List<String> names) {
    if (names.isEmpty() || Set.copyOf(names).size() < names.size()) {
      throw new ConfigurationException(
          "expected names of adapters, each once, found %s; disableAdapters() leaves the base alone"
              .formatted(names));
    }
    List<InstalledAdapter> next = names.stream().map(this::get).toList();
    host.requireTogether(next);
    requireNotMerged("change the active adapter");
    takeOutOfUse();
    active = next;
    takeIntoUse();
  }

  /**
   * Leaves the base alone in use.
   *
   * @throws IllegalStateException if an adapter is merged
   */
  public void disable() {
    requireNotMerged("disable adapters");
    takeOutOfUse();
    enabled = false;
  }

  /** Uses the active adapters again. */
  public void enable() {
    if (!enabled) {
      takeIntoUse();
    }
  }

  private void takeIntoUse() {
    active.forEach(InstalledAdapter::activate);
    setTrainable(true);
    enabled = true;
  }

  private void takeOutOfUse() {
    setTrainable(false);
    active.forEach(InstalledAdapter::deactivate);
  }

  private void setTrainable(boolean trains) {
    active.forEach(adapter -> adapter.setTrainable(trains));
  }

  /**
   * Which of the model's adapters each row of a mixed batch computes with.
   *
   * @param adapterOfRow a name a row, {@link LoraModel#BASE} for none
   * @return the rows
   * @throws ConfigurationException if there is none of a name, or an adapter applies to whole
   *     batches only
   * @throws IllegalStateException if an adapter is merged, or adapters are disabled
   */
  public AdapterRows rows(List<String> adapterOfRow) {
    requireNotMerged("run a mixed batch");
    if (!enabled) {
      throw new IllegalStateException(
          "cannot run a mixed batch while adapters are disabled; call enableAdapters() first");
    }
    adapterOfRow.stream()
        .filter(name -> !name.equals(LoraModel.BASE))
        .distinct()
        .forEach(name -> get(name).requireRowWise());
    // What an active adapter of another kind puts in a module's place would reach all rows.
    active.forEach(InstalledAdapter::requireRowWise);
    return AdapterRows.ofEach(
        adapterOfRow.stream()
            .map(name -> name.equals(LoraModel.BASE) ? List.<String>of() : List.of(name))
            .toList());
  }

  /**
   * Merges the adapters in use, unless they are; nothing trains until {@link #unmerge}.
   *
   * @return what that rounds off
   * @throws IllegalStateException if no adapter is in use
   * @throws AdapterException if a merged weight would not be finite; nothing is merged then
   */
  public MergeReport merge() {
    if (merge == null) {
      List<InstalledAdapter> inUse = requireInUse("merge");
      merge = inUse.size() == 1 ? inUse.get(0).merge(host, manager) : host.merge(inUse, manager);
      setTrainable(false);
    }
    return merge.report();
  }

  /** Uses the base's own weights again, and the adapters beside them. */
  public void unmerge() {
    if (merge != null) {
      merge.undo();
      merge = null;
      setTrainable(true);
    }
  }

  /**
   * Merges for good.
   *
   * @param owner owns what becomes the base's
   */
  public void keepMerged(NDManager owner) {
    merge();
    if (merge != null) {
      merge.keep(owner);
      merge = null;
    }
  }

  /**
   * Whether the active adapters are merged.
   *
   * @return true between {@link #merge} and {@link #unmerge}
   */
  public boolean isMerged() {
    return merge != null;
  }

  private void requireNotMerged(String what) {
    if (merge != null) {
      throw new IllegalStateException(
          "cannot %s while an adapter is merged; call unmerge() first".formatted(what));
    }
  }

  /**
   * Saves an adapter in PEFT's format.
   *
   * @param name which
   * @param directory where to; made if need be
   * @throws AdapterException if it cannot be written
   */
  public void save(String name, Path directory) {
    AdapterWriter.write(get(name), host, directory);
  }

  /**
   * Saves an adapter in PEFT's format for the base as it is.
   *
   * @param name which
   * @param directory where to; made if need be
   * @throws AdapterException if it cannot be written
   */
  public void saveConverted(String name, Path directory) {
    AdapterWriter.write(get(name).converted(), host, directory);
  }

  /**
   * Counts as PEFT does: what an adapter adds to the base, and what of it trains.
   *
   * @param baseTotal parameters of the base
   * @return the numbers of parameters
   */
  public TrainableParameters trainableParameters(long baseTotal) {
    long trainable = 0;
    long total = baseTotal;
    for (InstalledAdapter adapter : adapters.values()) {
      for (Parameter parameter : adapter.trained().values()) {
        long size = parameter.getShape().size();
        total += size;
        trainable += parameter.requiresGradient() ? size : 0;
      }
      total -= adapter.replacedParameters();
    }
    return new TrainableParameters(trainable, total);
  }

  /** Takes the adapters off and frees them; the base is as it was. */
  @Override
  public void close() {
    if (merge != null) {
      merge.undo();
      merge = null;
    }
    adapters.values().forEach(InstalledAdapter::close);
    adapters.clear();
    active = List.of();
  }
}
