// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** The rules a {@link LoraConfig} keeps. */
final class LoraConfigRules {
  private static final ConfigRules RULES = new ConfigRules(LoraConfig.class);

  private LoraConfigRules() {}

  static void checkNumbers(int rank, double alpha, double dropout) {
    RULES.atLeastOne("rank", rank);
    RULES.positive("alpha", alpha);
    RULES.probability("dropout", dropout);
  }

  static void checkSelectors(ModuleSelector targets, ModuleSelector excluded) {
    Objects.requireNonNull(targets, "targetModules");
    Objects.requireNonNull(excluded, "excludeModules");
    RULES.selector("targetModules", targets);
    RULES.selector("excludeModules", excluded);
    require(
        !(excluded instanceof ModuleSelector.AllLinear),
        "excludeModules cannot be all linear modules; name the modules to spare");
  }

  static void checkLayers(ModuleSelector targets, List<Integer> layers, List<String> patterns) {
    for (int layer : layers) {
      require(layer >= 0, "layersToTransform must hold indices from 0, one was " + layer);
    }
    boolean list =
        targets instanceof ModuleSelector.Names || targets instanceof ModuleSelector.Unset;
    require(
        list || layers.isEmpty(),
        "layersToTransform works only with targetModules that are a list of names; put the layers"
            + " into the regular expression");
    require(
        patterns.isEmpty() || !layers.isEmpty(),
        "layersPattern says where layersToTransform looks; set layersToTransform too");
    for (String pattern : patterns) {
      RULES.regex("layersPattern", pattern);
    }
  }

  static void checkModulesToSave(List<String> names) {
    for (String name : names) {
      require(!name.isEmpty(), "modulesToSave must hold names of modules, one was empty");
      RULES.regex("modulesToSave", name);
    }
  }

  static void checkTokenIndices(TokenIndices indices) {
    if (indices instanceof TokenIndices.InputEmbedding input) {
      checkRows("trainableTokenIndices", input.ids());
    } else if (indices instanceof TokenIndices.ByModule named) {
      require(
          !named.ids().isEmpty(),
          "trainableTokenIndices must name a module; without rows that train, leave it unset");
      named.ids().forEach(LoraConfigRules::checkRowsOf);
    }
  }

  private static void checkRowsOf(String module, List<Integer> ids) {
    require(!module.isEmpty(), "trainableTokenIndices must hold names of modules, one was empty");
    checkRows("trainableTokenIndices of \"" + module + "\"", ids);
  }

  private static void checkRows(String field, List<Integer> ids) {
    require(!ids.isEmpty(), field + " must hold token ids; without any, leave it unset");
    Set<Integer> seen = new HashSet<>();
    for (int id : ids) {
      require(id >= 0, field + " must hold ids from 0, one was " + id);
      require(seen.add(id), field + " must hold each id once, twice there was " + id);
    }
  }

  static void checkPatterns(Map<String, Integer> ranks, Map<String, Double> alphas) {
    ranks.forEach(
        (key, rank) -> {
          RULES.regex("rankPattern", key);
          RULES.atLeastOne("rankPattern \"" + key + "\"", rank);
        });
    alphas.forEach(
        (key, alpha) -> {
          RULES.regex("alphaPattern", key);
          RULES.positive("alphaPattern \"" + key + "\"", alpha);
        });
  }

  static void checkLoraBias(boolean loraBias, boolean useDora, Initialization initialization) {
    require(!loraBias || !useDora, "loraBias does not go with useDora; set one of them");
    Initialization.Rule rule = initialization.rule();
    require(
        !loraBias
            || rule == Initialization.Rule.KAIMING_UNIFORM
            || rule == Initialization.Rule.RANDOM,
        "loraBias goes with the initializations KAIMING_UNIFORM and RANDOM, was " + rule);
  }

  static void checkFusedTargets(
      Set<QkvPart> parts, boolean useDora, boolean loraBias, Initialization initialization) {
    Initialization.Rule rule = initialization.rule();
    boolean fromZero =
        rule == Initialization.Rule.KAIMING_UNIFORM || rule == Initialization.Rule.GAUSSIAN;
    require(
        parts.isEmpty() || !(useDora || loraBias),
        "fusedTargets goes with plain LoRA; unset useDora and loraBias, or adapt whole modules");
    require(
        parts.isEmpty() || fromZero,
        "fusedTargets needs a B that starts at zero, initialization KAIMING_UNIFORM or GAUSSIAN,"
            + " was "
            + rule);
  }

  private static void require(boolean rule, String message) {
    RULES.require(rule, message);
  }
}
