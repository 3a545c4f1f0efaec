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
   * Lists the parameters of a block at a path.
   *
   * @return {@code path.weight}, {@code path.bias}, {@code path.lora_A.ADAPTER.weight} …
   */
  static Map<String, Parameter> of(String path, Block block) {
    Map<String, Parameter> parameters = new LinkedHashMap<>();
    collect(path, block, parameters);
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
    for (Pair<String, Parameter> own : block.getDirectParameters()) {
      into.put(path + "." + own.getKey(), own.getValue());
    }
  }
}
