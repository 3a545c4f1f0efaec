package io.github.lora4j.djl.nn;

import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.util.Pair;
import io.github.lora4j.LoraLinear;
import java.util.LinkedHashMap;
import java.util.Map;

/** The parameters of a module under the names that checkpoints and adapters use. */
final class ModuleParameters {
  private ModuleParameters() {}

  /**
   * The parameters in use at a place, an adapter's own bias in the base's stead.
   *
   * @return {@code module.weight}, {@code module.bias}, {@code module.lora_A.ADAPTER.weight},
   *     {@code module.ia3_l.ADAPTER} …
   */
  static Map<String, Parameter> inUse(ModuleSlot module) {
    Map<String, Parameter> parameters = new LinkedHashMap<>();
    collect(module.name(), module.block(), parameters);
    return parameters;
  }

  /**
   * The base's own parameters at a place, whether or not they are in use.
   *
   * @return {@code module.weight}, {@code module.bias}
   */
  static Map<String, Parameter> ofBase(ModuleSlot module) {
    Map<String, Parameter> parameters = new LinkedHashMap<>();
    for (Pair<String, Parameter> own : module.base().getDirectParameters()) {
      parameters.put(module.name() + "." + own.getKey(), own.getValue());
    }
    return parameters;
  }

  private static void collect(String path, Block block, Map<String, Parameter> into) {
    if (block instanceof LoraLinear lora) {
      collect(path, lora.base(), into);
      for (Pair<String, Parameter> factor : lora.getDirectParameters()) {
        into.put(path + "." + factor.getKey() + ".weight", factor.getValue());
      }
      return;
    }
    if (block instanceof SurroundedLinear surrounded) {
      collect(path, surrounded.base(), into);
      surrounded.learned().forEach((name, learned) -> into.put(path + "." + name, learned));
      return;
    }
    for (Pair<String, Parameter> own : block.getDirectParameters()) {
      into.put(path + "." + own.getKey(), own.getValue());
    }
    if (block instanceof Biased biased) {
      biased.bias().inUse().ifPresent(bias -> into.put(path + ".bias", bias));
    }
  }
}
