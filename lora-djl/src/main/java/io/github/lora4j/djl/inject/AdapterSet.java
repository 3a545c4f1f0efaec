package io.github.lora4j.djl.inject;

import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import io.github.lora4j.AdapterConfig;
import io.github.lora4j.AdapterException;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.MergeReport;
import io.github.lora4j.TrainableParameters;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The adapters on one model, whatever kind of model it is: which there are, which is in use, and
 * whether it is merged. Owns them.
 */
public final class AdapterSet implements AutoCloseable {
  private final AdapterHost host;
  private final NDManager manager;
  private final Map<String, InstalledAdapter> adapters = new LinkedHashMap<>();
  private @Nullable InstalledAdapter active;
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
   * The name of the adapter in use.
   *
   * @return the name, or empty if none is active or adapters are disabled
   */
  public Optional<String> inUse() {
    return enabled ? Optional.ofNullable(active).map(InstalledAdapter::name) : Optional.empty();
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
   * The active adapter, enabled or not.
   *
   * @return the adapter
   * @throws IllegalStateException if there is none
   */
  public InstalledAdapter requireActive() {
    if (active == null) {
      throw new IllegalStateException("no adapter is active; call setActiveAdapter first");
    }
    return active;
  }

  /**
   * The adapter in use.
   *
   * @param what what it is needed for, as "cannot …" goes on
   * @return the adapter
   * @throws IllegalStateException if none is
   */
  public InstalledAdapter requireInUse(String what) {
    if (active == null || !enabled) {
      throw new IllegalStateException(
          "cannot %s: no adapter is in use; call setActiveAdapter or enableAdapters first"
              .formatted(what));
    }
    return active;
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
      adapters.put(name, host.families().load(name, file, strict, manager));
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
    if (adapter == active) {
      requireNotMerged("delete the merged adapter");
      active = null;
    }
    adapters.remove(name);
    adapter.close();
  }

  /**
   * Makes an adapter the active and trainable one, and enables adapters.
   *
   * @param name its name
   * @throws ConfigurationException if there is none of that name
   * @throws IllegalStateException if an adapter is merged
   */
  public void activate(String name) {
    InstalledAdapter next = get(name);
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

  /** Uses the active adapter again. */
  public void enable() {
    if (!enabled) {
      takeIntoUse();
    }
  }

  private void takeIntoUse() {
    if (active != null) {
      active.activate();
      active.setTrainable(true);
    }
    enabled = true;
  }

  private void takeOutOfUse() {
    if (active != null) {
      active.setTrainable(false);
      active.deactivate();
    }
  }

  /**
   * Merges the adapter in use, unless it is; nothing trains until {@link #unmerge}.
   *
   * @return what that rounds off
   * @throws IllegalStateException if no adapter is in use
   */
  public MergeReport merge() {
    if (merge == null) {
      InstalledAdapter adapter = requireInUse("merge");
      merge = adapter.merge(host, manager);
      adapter.setTrainable(false);
    }
    return merge.report();
  }

  /** Uses the base's own weights again, and the adapter beside them. */
  public void unmerge() {
    if (merge != null) {
      merge.undo();
      merge = null;
      requireInUse("unmerge").setTrainable(true);
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
   * Whether the active adapter is merged.
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
    active = null;
  }
}
