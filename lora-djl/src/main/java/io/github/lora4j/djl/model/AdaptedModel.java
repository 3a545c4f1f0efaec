package io.github.lora4j.djl.model;

import ai.djl.Model;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import io.github.lora4j.AdapterException;
import io.github.lora4j.CausalLm;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.LoraConfig;
import io.github.lora4j.LoraLinear;
import io.github.lora4j.LoraModel;
import io.github.lora4j.MergeReport;
import io.github.lora4j.TrainableParameters;
import io.github.lora4j.djl.inject.AdapterFile;
import io.github.lora4j.djl.inject.AdapterWriter;
import io.github.lora4j.djl.inject.InstalledAdapter;
import io.github.lora4j.djl.inject.Merge;
import io.github.lora4j.djl.nn.ModuleSlot;
import io.github.lora4j.djl.nn.QuantizedLinear;
import io.github.lora4j.target.AdaptableModule;
import io.github.lora4j.target.AdaptationPlan;
import io.github.lora4j.target.AdaptedModule;
import io.github.lora4j.target.SavedModule;
import io.github.lora4j.target.TargetResolver;
import io.github.lora4j.train.TrainableModules;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A model with adapters on it. */
public final class AdaptedModel extends DecoderModel implements LoraModel {
  private static final Logger LOGGER = LoggerFactory.getLogger(AdaptedModel.class);

  private final CheckpointModel base;
  private final Map<String, InstalledAdapter> adapters = new LinkedHashMap<>();
  private @Nullable InstalledAdapter active;
  private @Nullable Merge merge;
  private final List<Parameter> thawed;
  private boolean enabled = true;
  private boolean closed;

  private AdaptedModel(CheckpointModel base) {
    super(
        base.getName(),
        base.getNDManager().newSubManager(),
        base.getBlock(),
        base.directory(),
        base.architecture(),
        base.tokenizerIfAny());
    this.base = base;
    thawed =
        base.decoder().baseParameters().values().stream()
            .filter(Parameter::requiresGradient)
            .collect(Collectors.toCollection(ArrayList::new));
    setGradientCheckpointing(base.gradientCheckpointing());
    base.setAdapted(true);
    base.freezeAll(true);
  }

  /**
   * Puts a new adapter on a model.
   *
   * @param model the model
   * @param config which modules, and how
   * @return the model with the adapter active
   * @throws ConfigurationException if the model cannot be adapted or nothing matches
   */
  public static AdaptedModel wrap(Model model, LoraConfig config) {
    return adapt(model, adapted -> adapted.addAdapter(DEFAULT_ADAPTER, config));
  }

  /**
   * Puts a saved adapter on a model.
   *
   * @param model the model
   * @param adapterDirectory the adapter
   * @return the model with the adapter active
   * @throws AdapterException if the adapter is damaged or another model's
   */
  public static AdaptedModel load(Model model, Path adapterDirectory) {
    return adapt(model, adapted -> adapted.loadAdapter(DEFAULT_ADAPTER, adapterDirectory));
  }

  private static AdaptedModel adapt(Model model, Consumer<AdaptedModel> firstAdapter) {
    if (!(model instanceof CheckpointModel base)) {
      throw new ConfigurationException(
          "LoraModel.wrap: a %s cannot be adapted; load the base with HuggingFaceModel.load"
              .formatted(model.getClass().getSimpleName()));
    }
    base.requireOpen();
    if (base.isAdapted()) {
      throw new ConfigurationException(
          "LoraModel.wrap: \"%s\" has adapters already; close that LoraModel, or add to it with addAdapter"
              .formatted(base.getName()));
    }
    AdaptedModel adapted = new AdaptedModel(base);
    try {
      firstAdapter.accept(adapted);
      adapted.setActiveAdapter(DEFAULT_ADAPTER);
      return adapted;
    } catch (RuntimeException e) {
      adapted.close();
      throw e;
    }
  }

  @Override
  public Map<String, LoraConfig> adapters() {
    requireOpen();
    Map<String, LoraConfig> configs = new LinkedHashMap<>();
    adapters.forEach((name, adapter) -> configs.put(name, adapter.config()));
    return configs;
  }

  @Override
  public Optional<String> activeAdapter() {
    requireOpen();
    return enabled ? Optional.ofNullable(active).map(InstalledAdapter::name) : Optional.empty();
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

  private InstalledAdapter requireInUse(String what) {
    if (active == null || !enabled) {
      throw new IllegalStateException(
          "cannot %s: no adapter is in use; call setActiveAdapter or enableAdapters first"
              .formatted(what));
    }
    return active;
  }

  @Override
  public void addAdapter(String name, LoraConfig config) {
    requireFree(name);
    AdaptationPlan plan = plan(config);
    adapters.put(name, InstalledAdapter.create(decoder(), name, plan, manager));
  }

  @Override
  public void loadAdapter(String name, Path directory, boolean strict) {
    requireFree(name);
    try (AdapterFile file = AdapterFile.open(directory)) {
      AdaptationPlan plan = planOfFile(file, directory);
      file.check(plan, strict);
      file.checkBase(plan, decoder(), strict);
      adapters.put(name, InstalledAdapter.load(decoder(), name, plan, manager, file));
    }
  }

  private AdaptationPlan planOfFile(AdapterFile file, Path directory) {
    try {
      return plan(file.config());
    } catch (ConfigurationException e) {
      throw new AdapterException(
          "%s: the adapter does not fit the model \"%s\": %s"
              .formatted(directory, getName(), e.getMessage()),
          e);
    }
  }

  private AdaptationPlan plan(LoraConfig config) {
    requireNotMerged("add an adapter");
    List<AdaptableModule> modules = decoder().modules().stream().map(ModuleSlot::module).toList();
    AdaptationPlan plan = TargetResolver.plan(config, modules, architecture().defaultTargets());
    plan.adapted().forEach(AdaptedModel::requireLinear);
    plan.saved().forEach(this::requireUnquantized);
    plan.warnings().forEach(warning -> LOGGER.warn("{}", warning));
    return plan;
  }

  /** Refuses an adapter on an embedding. */
  static void requireLinear(AdaptedModule module) {
    if (module.module().kind() != AdaptableModule.Kind.LINEAR) {
      throw new ConfigurationException(
          "target_modules: \"%s\" is an embedding; only linear modules take an adapter here, an embedding can train in full by modulesToSave"
              .formatted(module.name()));
    }
  }

  private void requireUnquantized(SavedModule saved) {
    for (AdaptableModule module : saved.modules()) {
      if (decoder().module(module.name()).base() instanceof QuantizedLinear quantized) {
        throw new ConfigurationException(
            "modules_to_save: \"%s\" is quantised (%s) and cannot train in full; load the model with LoadOptions.builder().keepUnquantized(…), or adapt it"
                .formatted(module.name(), quantized.tensor().quantization()));
      }
    }
  }

  private void requireFree(String name) {
    requireOpen();
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

  private InstalledAdapter adapter(String name) {
    requireOpen();
    InstalledAdapter adapter = adapters.get(name);
    if (adapter == null) {
      throw new ConfigurationException(
          "no adapter \"%s\"; there are %s".formatted(name, adapters.keySet()));
    }
    return adapter;
  }

  @Override
  public void deleteAdapter(String name) {
    InstalledAdapter adapter = adapter(name);
    if (adapter == active) {
      requireNotMerged("delete the merged adapter");
      active = null;
    }
    adapters.remove(name);
    adapter.close();
  }

  @Override
  public void setActiveAdapter(String name) {
    InstalledAdapter next = adapter(name);
    requireNotMerged("change the active adapter");
    takeOutOfUse();
    active = next;
    takeIntoUse();
  }

  @Override
  public void disableAdapters() {
    requireOpen();
    requireNotMerged("disable adapters");
    takeOutOfUse();
    enabled = false;
  }

  @Override
  public void enableAdapters() {
    requireOpen();
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

  /** {@inheritDoc} Nothing trains until {@link #unmerge}. */
  @Override
  public MergeReport merge() {
    requireOpen();
    if (merge == null) {
      InstalledAdapter adapter = requireInUse("merge");
      merge = Merge.of(decoder(), adapter, manager);
      adapter.setTrainable(false);
    }
    return merge.report();
  }

  @Override
  public void unmerge() {
    requireOpen();
    if (merge != null) {
      merge.undo();
      merge = null;
      requireInUse("unmerge").setTrainable(true);
    }
  }

  @Override
  public boolean isMerged() {
    return merge != null;
  }

  private void requireNotMerged(String what) {
    if (merge != null) {
      throw new IllegalStateException(
          "cannot %s while an adapter is merged; call unmerge() first".formatted(what));
    }
  }

  @Override
  public CausalLm mergeAndUnload() {
    merge();
    Objects.requireNonNull(merge).keep(base.getNDManager());
    merge = null;
    thawed.clear(); // merged weights came in their stead, and stay frozen
    close();
    return base;
  }

  @Override
  public void train(TrainableModules modules) {
    throw new ConfigurationException(
        "a LoraModel trains its active adapter; name modules to train in full in"
            + " LoraConfig.modulesToSave, or close it and call train(...) on the base");
  }

  @Override
  public TrainableParameters trainableParameters() {
    requireOpen();
    long trainable = 0;
    long total = base.trainableParameters().total();
    for (InstalledAdapter adapter : adapters.values()) {
      for (Parameter parameter : adapter.trained().values()) {
        long size = parameter.getShape().size();
        total += size;
        trainable += parameter.requiresGradient() ? size : 0;
      }
      total -= adapter.biases().values().stream().mapToLong(b -> b.getShape().size()).sum();
    }
    return new TrainableParameters(trainable, total);
  }

  @Override
  public void saveAdapter(Path directory) {
    requireOpen();
    saveAdapter(requireActive().name(), directory);
  }

  @Override
  public void saveAdapter(String name, Path directory) {
    AdapterWriter.write(adapter(name), decoder(), directory);
  }

  @Override
  public void saveMerged(Path target) {
    requireOpen();
    MergedWeights merged = MergedWeights.of(decoder(), requireInUse("save the merged model"));
    CheckpointFiles.write(directory(), target, merged.weights(), merged.tiedHead());
  }

  @Override
  public MergeReport saveMerged(Path original, Path target) {
    requireOpen();
    InstalledAdapter adapter = requireInUse("save the merged model");
    return new OriginalMerge(decoder(), adapter, architecture(), manager).write(original, target);
  }

  @Override
  public void saveQuantized(Path target) {
    requireOpen();
    if (isMerged()) {
      QuantizedFiles.write(directory(), target, decoder(), AdaptedModel::blockInUse);
    } else {
      base.saveQuantized(target);
    }
  }

  private static Block blockInUse(ModuleSlot slot) {
    return slot.block() instanceof LoraLinear lora ? lora.base() : slot.block();
  }

  /** {@inheritDoc} With the adapter in use merged, or the base's own weights if none is. */
  @Override
  public void saveCheckpoint(Path target) {
    if (activeAdapter().isPresent()) {
      saveMerged(target);
    } else {
      base.saveCheckpoint(target);
    }
  }

  /**
   * Saves the active adapter in PEFT's format, as DJL's listeners save a model.
   *
   * @param directory where to
   * @param name not used: PEFT's file names are fixed
   */
  @Override
  public void save(Path directory, @Nullable String name) {
    saveAdapter(directory);
  }

  /** Takes the adapters off and frees them; the base stays open, as it was. */
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    if (merge != null) {
      merge.undo();
      merge = null;
    }
    adapters.values().forEach(InstalledAdapter::close);
    adapters.clear();
    active = null;
    if (base.isOpen()) {
      thawed.forEach(parameter -> parameter.freeze(false));
    }
    base.setAdapted(false);
    manager.close();
  }
}
