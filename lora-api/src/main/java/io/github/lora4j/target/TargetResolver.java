// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.target;

import io.github.lora4j.Bias;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.LoraConfig;
import io.github.lora4j.peft.TensorRole;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Finds what a config means for a model, by PEFT's rules ({@code inject_adapter}, {@code
 * check_target_module_exists}, {@code set_additional_trainable_modules}).
 */
public final class TargetResolver {
  private final LoraConfig config;
  private final ModuleTree tree;
  private final ModuleMatcher matcher;

  private TargetResolver(LoraConfig config, ModuleTree tree) {
    this.config = config;
    this.tree = tree;
    matcher = new ModuleMatcher(config);
  }

  /**
   * Plans an adapter.
   *
   * @param config the config
   * @param modules the model's modules that own parameters, in the model's order
   * @param defaultTargets what to target where the config says nothing, such as {@code q_proj},
   *     {@code v_proj}; empty if the architecture has no default
   * @return the plan
   * @throws ConfigurationException if the config targets nothing, or what can take no adapter
   */
  public static AdaptationPlan plan(
      LoraConfig config, List<AdaptableModule> modules, List<String> defaultTargets) {
    ModuleTree tree = new ModuleTree(modules);
    return new TargetResolver(ConcreteConfig.of(config, tree, defaultTargets), tree).plan();
  }

  private AdaptationPlan plan() {
    List<AdaptedModule> adapted = adapted();
    if (adapted.isEmpty()) {
      throw new NoMatch(config, tree, matcher).exception();
    }
    List<SavedModule> saved = saved();
    refuseSavedAdapters(adapted, saved);
    Unmatched unmatched = new Unmatched(config, tree, adapted);
    return new AdaptationPlan(
        ConcreteConfig.withStorageOf(adapted, config),
        adapted,
        saved,
        new RowResolver(config, tree).rows(adaptedNames(adapted), namesOf(saved)),
        trainedBiases(adapted, saved),
        StoredBases.of(config, tree, adapted),
        unmatched.targets(),
        unmatched.warnings());
  }

  private List<AdaptedModule> adapted() {
    return tree.names().stream().filter(matcher::matches).map(this::adapt).toList();
  }

  private AdaptedModule adapt(String name) {
    AdaptableModule module =
        tree.module(name)
            .filter(AdaptableModule::takesAdapter)
            .orElseThrow(() -> takesNoAdapter(name));
    int rank = config.rankOf(name);
    double alpha = config.alphaOf(name);
    return new AdaptedModule(module, rank, alpha, config.scaling(rank, alpha), vectors());
  }

  private List<TensorRole> vectors() {
    if (config.useDora()) {
      return List.of(TensorRole.LORA_MAGNITUDE);
    }
    return config.loraBias() ? List.of(TensorRole.LORA_B_BIAS) : List.of();
  }

  private ConfigurationException takesNoAdapter(String name) {
    String what = tree.module(name).isPresent() ? "a normalisation" : "a block of modules";
    return new ConfigurationException(
        "target_modules %s match \"%s\", which is %s; only linear modules and embeddings take an adapter"
            .formatted(Quote.selector(config.targetModules()), name, what));
  }

  /** PEFT matches the end of the name, be it in the middle of a segment. */
  private List<SavedModule> saved() {
    List<SavedModule> saved = new ArrayList<>();
    for (String name : tree.names()) {
      boolean matches = config.modulesToSave().stream().anyMatch(name::endsWith);
      if (matches && saved.stream().noneMatch(s -> ModuleTree.isWithin(name, s.name()))) {
        saved.add(new SavedModule(name, tree.below(name)));
      }
    }
    return saved;
  }

  private void refuseSavedAdapters(List<AdaptedModule> adapted, List<SavedModule> saved) {
    Set<String> savedNames = namesOf(saved);
    for (AdaptedModule module : adapted) {
      if (savedNames.contains(module.name())) {
        throw new ConfigurationException(
            "module \"%s\" is matched by target_modules %s and by the end of modules_to_save [%s]; it can have an adapter or train in full"
                .formatted(
                    module.name(),
                    Quote.selector(config.targetModules()),
                    Quote.names(config.modulesToSave())));
      }
    }
  }

  private List<AdaptableModule> trainedBiases(
      List<AdaptedModule> adapted, List<SavedModule> saved) {
    if (config.bias() == Bias.LORA_ONLY) {
      return adapted.stream().map(AdaptedModule::module).filter(AdaptableModule::bias).toList();
    }
    if (config.bias() == Bias.NONE) {
      return List.of();
    }
    Set<String> savedNames = namesOf(saved);
    return tree.modules()
        .filter(module -> module.bias() && !savedNames.contains(module.name()))
        .toList();
  }

  private static Set<String> adaptedNames(List<AdaptedModule> adapted) {
    return adapted.stream().map(AdaptedModule::name).collect(Collectors.toSet());
  }

  private static Set<String> namesOf(List<SavedModule> saved) {
    return saved.stream()
        .flatMap(module -> module.modules().stream())
        .map(AdaptableModule::name)
        .collect(Collectors.toSet());
  }
}
