package io.github.lora4j;

import io.github.lora4j.pattern.PythonPattern;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.PatternSyntaxException;

/** The rules a {@link LoraConfig} keeps. */
final class LoraConfigRules {
  private static final String ALL_LINEAR = "all-linear";

  private LoraConfigRules() {}

  static void checkNumbers(int rank, double alpha, double dropout) {
    require(rank >= 1, "rank must be at least 1, was " + rank);
    require(isPositive(alpha), "alpha must be a finite number above 0, was " + alpha);
    require(dropout >= 0 && dropout < 1, "dropout must be at least 0 and below 1, was " + dropout);
  }

  static void checkSelectors(ModuleSelector targets, ModuleSelector excluded) {
    Objects.requireNonNull(targets, "targetModules");
    Objects.requireNonNull(excluded, "excludeModules");
    checkSelector("targetModules", targets);
    checkSelector("excludeModules", excluded);
    require(
        !(excluded instanceof ModuleSelector.AllLinear),
        "excludeModules cannot be all linear modules; name the modules to spare");
  }

  private static void checkSelector(String field, ModuleSelector selector) {
    if (selector instanceof ModuleSelector.Regex regex) {
      checkRegex(field, regex.expression());
    } else if (selector instanceof ModuleSelector.Names names) {
      checkNames(field, names.names());
    }
  }

  private static void checkNames(String field, List<String> names) {
    require(!names.isEmpty(), field + " must name at least one module, the list was empty");
    for (String name : names) {
      require(!name.isEmpty(), field + " must hold names of modules, one was empty");
      // In a list PEFT takes the word for a module's name, and finds none.
      require(
          !name.equalsIgnoreCase(ALL_LINEAR),
          field + " must hold names of modules, was \"" + name + "\"; use allLinear()");
    }
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
      checkRegex("layersPattern", pattern);
    }
  }

  static void checkModulesToSave(List<String> names) {
    for (String name : names) {
      require(!name.isEmpty(), "modulesToSave must hold names of modules, one was empty");
      checkRegex("modulesToSave", name);
    }
  }

  static void checkPatterns(Map<String, Integer> ranks, Map<String, Double> alphas) {
    ranks.forEach(
        (key, rank) -> {
          checkRegex("rankPattern", key);
          require(rank >= 1, "rankPattern \"" + key + "\" must be at least 1, was " + rank);
        });
    alphas.forEach(
        (key, alpha) -> {
          checkRegex("alphaPattern", key);
          require(
              isPositive(alpha),
              "alphaPattern \"" + key + "\" must be a finite number above 0, was " + alpha);
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

  private static void checkRegex(String field, String expression) {
    try {
      PythonPattern.compile(expression);
    } catch (PatternSyntaxException e) {
      throw new ConfigurationException(
          "LoraConfig: %s \"%s\" is no valid regular expression: %s"
              .formatted(field, expression, e.getDescription()),
          e);
    }
  }

  private static boolean isPositive(double value) {
    return value > 0 && Double.isFinite(value);
  }

  private static void require(boolean rule, String message) {
    if (!rule) {
      throw new ConfigurationException("LoraConfig: " + message);
    }
  }
}
