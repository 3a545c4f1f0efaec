// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import io.github.lora4j.AdaLoraConfig;
import io.github.lora4j.AdapterException;
import io.github.lora4j.LoraConfig;
import io.github.lora4j.QkvPart;
import io.github.lora4j.djl.kernel.EngineMode;
import io.github.lora4j.djl.kernel.TorchOp;
import io.github.lora4j.peft.PeftTensor;
import io.github.lora4j.target.TrainedRows;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * One adapter's values written over by another's of the same form (PEFT: {@code hotswap_adapter}):
 * arrays stay where they are, so that whoever holds them goes on.
 *
 * @param copyInto writes into an array's own memory
 */
record HotSwap(TorchOp copyInto) {
  /**
   * Writes an adapter over.
   *
   * @param current the adapter in place
   * @param next another on the same model; only read
   * @param directory where it came from, for messages
   * @throws AdapterException if the two differ in more than values; nothing is written then
   */
  void swap(InstalledAdapter current, InstalledAdapter next, Path directory) {
    require(directory, "tensors", shapes(current), shapes(next));
    require(directory, "factors before B A", scalings(current), scalings(next));
    require(directory, "fusedTargets", fusedTargets(current), fusedTargets(next));
    require(directory, "trainable_token_indices", rows(current), rows(next));
    require(directory, "allocated ranks", ranks(current), ranks(next));
    try (EngineMode mode = EngineMode.inference()) {
      next.trained()
          .forEach(
              (tensor, parameter) -> {
                Parameter target = Objects.requireNonNull(current.trained().get(tensor));
                copyInto.apply(target.getArray(), parameter.getArray()).close();
              });
    }
  }

  private static void require(Path directory, String what, Object current, Object next) {
    if (!current.equals(next)) {
      throw new AdapterException(
          "%s: the adapter has other %s than the one it is to replace; load it beside with loadAdapter and delete the other"
              .formatted(directory, what));
    }
  }

  private static Map<PeftTensor, Shape> shapes(InstalledAdapter adapter) {
    Map<PeftTensor, Shape> shapes = new LinkedHashMap<>();
    for (Map.Entry<PeftTensor, Parameter> entry : adapter.trained().entrySet()) {
      shapes.put(entry.getKey(), entry.getValue().getShape());
    }
    return shapes;
  }

  private static Set<QkvPart> fusedTargets(InstalledAdapter adapter) {
    return adapter.config() instanceof LoraConfig lora ? lora.fusedTargets() : Set.of();
  }

  private static Map<String, List<Boolean>> ranks(InstalledAdapter adapter) {
    return adapter.config() instanceof AdaLoraConfig allocated ? allocated.rankPattern() : Map.of();
  }

  private static List<TrainedRows> rows(InstalledAdapter adapter) {
    return adapter.installed() instanceof PlannedAdapter planned
        ? planned.plan().trainedRows()
        : List.of();
  }

  private static List<Double> scalings(InstalledAdapter adapter) {
    return adapter.installed() instanceof PlannedAdapter planned
        ? planned.plan().adapted().stream().map(module -> module.scaling()).toList()
        : List.of();
  }
}
