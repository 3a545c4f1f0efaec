// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.target;

import io.github.lora4j.ConfigurationException;
import io.github.lora4j.LoraConfig;
import io.github.lora4j.ModuleSelector;
import io.github.lora4j.TaskType;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Spells out what a config leaves to the model: the form in which PEFT stores it. */
final class ConcreteConfig {
  private static final List<String> CLASSIFIERS = List.of("score", "classifier");

  private ConcreteConfig() {}

  static LoraConfig of(LoraConfig config, ModuleTree tree, List<String> defaultTargets) {
    LoraConfig headed = withHeads(config);
    ModuleSelector targets = targets(headed, tree, defaultTargets);
    if (targets instanceof ModuleSelector.Names names) {
      targets = new ModuleSelector.Names(SuffixCondenser.condense(names.names(), tree.names()));
    }
    return headed.toBuilder().targetModules(targets).build();
  }

  /** PEFT sets the flag by the base layer, whatever the config said; the last one stays. */
  static LoraConfig withStorageOf(List<AdaptedModule> adapted, LoraConfig config) {
    boolean fanInFanOut = config.fanInFanOut();
    for (AdaptedModule module : adapted) {
      if (!module.isEmbedding()) {
        fanInFanOut = module.module().kind() == AdaptableModule.Kind.CONV1D;
      }
    }
    return config.toBuilder().fanInFanOut(fanInFanOut).build();
  }

  private static ModuleSelector targets(
      LoraConfig config, ModuleTree tree, List<String> defaultTargets) {
    if (config.targetModules() instanceof ModuleSelector.AllLinear) {
      return new ModuleSelector.Names(allLinear(config, tree));
    }
    if (!(config.targetModules() instanceof ModuleSelector.Unset)) {
      return config.targetModules();
    }
    if (defaultTargets.isEmpty()) {
      throw new ConfigurationException(
          "target_modules are not set, and the architecture has no default; name modules or use"
              + " allLinear()");
    }
    return new ModuleSelector.Names(defaultTargets);
  }

  private static List<String> allLinear(LoraConfig config, ModuleTree tree) {
    List<String> names = tree.linearNames();
    boolean hasOutputHead = tree.modules().anyMatch(AdaptableModule::outputHead);
    if (!hasOutputHead && config.taskType().filter(TaskType.SEQ_CLS::equals).isPresent()) {
      // The head of a classifier is known by its name only; where both are there, the first is it.
      names =
          CLASSIFIERS.stream()
              .filter(tree.names()::contains)
              .findFirst()
              .map(head -> without(tree.linearNames(), head))
              .orElse(names);
    }
    if (names.isEmpty()) {
      throw new ConfigurationException(
          "target_modules \"all-linear\": the model has no linear module besides its head");
    }
    return names;
  }

  private static List<String> without(List<String> names, String name) {
    return names.stream().filter(other -> !other.equals(name)).toList();
  }

  private static LoraConfig withHeads(LoraConfig config) {
    Set<String> saved = new LinkedHashSet<>(config.modulesToSave());
    config.taskType().map(ConcreteConfig::heads).ifPresent(saved::addAll);
    return config.toBuilder().modulesToSave(saved.toArray(String[]::new)).build();
  }

  /** The heads that come untrained with such a model. */
  static List<String> heads(TaskType task) {
    return switch (task) {
      case SEQ_CLS, TOKEN_CLS -> List.of("classifier", "score");
      case QUESTION_ANS -> List.of("qa_outputs");
      case CAUSAL_LM, SEQ_2_SEQ_LM, FEATURE_EXTRACTION -> List.of();
    };
  }
}
