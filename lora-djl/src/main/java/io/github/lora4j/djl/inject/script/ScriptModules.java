// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject.script;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Parameter;
import ai.djl.pytorch.engine.PtSymbolBlock;
import ai.djl.util.Pair;
import io.github.lora4j.djl.inject.parameter.ModuleKinds;
import io.github.lora4j.djl.inject.parameter.ParameterModule;
import io.github.lora4j.djl.kernel.TorchOp;
import io.github.lora4j.djl.kernel.TorchOps;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The modules of a TorchScript module, by the names that its parameters have in PyTorch: {@code
 * fc1.weight} and {@code fc1.bias} make {@code fc1}; a parameter of another name is a module of its
 * own. A script says nothing of what it computes with a parameter, so that a table of rows counts
 * as a linear module.
 */
public final class ScriptModules {
  private static final String WEIGHT = ".weight";
  private static final String BIAS = ".bias";

  private ScriptModules() {}

  /**
   * Finds the modules.
   *
   * @param script the script
   * @param ops the operators
   * @return in the script's order; a tensor of two names once, under the first
   */
  public static List<ParameterModule> of(PtSymbolBlock script, TorchOps ops) {
    Map<String, Parameter> left = distinct(script, ops);
    List<ParameterModule> modules = new ArrayList<>();
    for (String name : List.copyOf(left.keySet())) {
      Parameter parameter = left.get(name);
      if (parameter != null && name.endsWith(WEIGHT)) {
        String module = name.substring(0, name.length() - WEIGHT.length());
        Optional<Parameter> bias = Optional.ofNullable(left.remove(module + BIAS));
        modules.add(ModuleKinds.weighted(module, parameter, bias));
      } else if (parameter != null && !isBiasOf(left, name)) {
        modules.add(ModuleKinds.other(name, parameter));
      }
    }
    return modules;
  }

  /**
   * Whether libtorch's inference mode made the parameters: such a tensor can neither be written nor
   * be differentiated by.
   *
   * @param script the script
   * @param ops the operators
   * @return true if one of them is such a tensor
   */
  public static boolean isForInferenceOnly(PtSymbolBlock script, TorchOps ops) {
    TorchOp inference =
        ops.op(
            """
              def forward(self: __torch__.Op, x: Tensor) -> Tensor:
                return torch.full([], int(torch.is_inference(x)), dtype=4)
            """);
    return script.getDirectParameters().values().stream()
        .anyMatch(parameter -> isTrue(inference.apply(parameter.getArray())));
  }

  private static boolean isTrue(NDArray answer) {
    try (answer) {
      return answer.getLong() != 0;
    }
  }

  private static boolean isBiasOf(Map<String, Parameter> left, String name) {
    return name.endsWith(BIAS)
        && left.containsKey(name.substring(0, name.length() - BIAS.length()) + WEIGHT);
  }

  private static Map<String, Parameter> distinct(PtSymbolBlock script, TorchOps ops) {
    Map<String, Parameter> distinct = new LinkedHashMap<>();
    for (Pair<String, Parameter> pair : script.getDirectParameters()) {
      Parameter parameter = pair.getValue();
      if (distinct.values().stream().noneMatch(other -> sameTensor(other, parameter, ops))) {
        distinct.put(pair.getKey(), parameter);
      }
    }
    return distinct;
  }

  private static boolean sameTensor(Parameter one, Parameter other, TorchOps ops) {
    NDArray a = one.getArray();
    NDArray b = other.getArray();
    if (!a.getShape().equals(b.getShape()) || a.getDataType() != b.getDataType()) {
      return false;
    }
    TorchOp same =
        ops.op(
            """
              def forward(self: __torch__.Op, a: Tensor, b: Tensor) -> Tensor:
                return torch.full([], int(torch.is_set_to(a, b)), dtype=4)
            """);
    return isTrue(same.apply(a, b));
  }
}
