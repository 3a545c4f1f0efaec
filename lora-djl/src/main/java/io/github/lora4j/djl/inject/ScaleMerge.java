// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.MergeReport;
import io.github.lora4j.MergeReport.MergedWeight;
import io.github.lora4j.djl.kernel.EngineMode;
import io.github.lora4j.djl.nn.ModuleSlot;
import io.github.lora4j.djl.nn.Network;
import io.github.lora4j.djl.nn.QuantizedLinear;
import io.github.lora4j.djl.nn.SurroundedLinear;
import io.github.lora4j.djl.nn.WeightBlock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Scales merged into copies of the base's weights: W ⊙ l, and b ⊙ l where outputs are scaled. */
final class ScaleMerge implements Merge {
  private static final String PRODUCT =
      """
        def forward(self: __torch__.Op, x: Tensor, scale: Tensor) -> Tensor:
          return torch.mul(x, scale)
      """;
  private static final String BIAS_PRODUCT =
      """
        def forward(self: __torch__.Op, x: Tensor, scale: Tensor) -> Tensor:
          return torch.mul(x, torch.flatten(scale))
      """;

  private final Network network;
  private final NDManager manager;
  private final Map<ModuleSlot, SurroundedLinear> unmerged;
  private final Map<ModuleSlot, WeightBlock> merged = new LinkedHashMap<>();
  private final List<MergedWeight> report = new ArrayList<>();

  private ScaleMerge(
      Network network, Map<ModuleSlot, SurroundedLinear> unmerged, NDManager manager) {
    this.network = network;
    this.unmerged = unmerged;
    this.manager = manager;
  }

  /**
   * Merges.
   *
   * @param network the network
   * @param unmerged what stands in the places of the scaled modules
   * @param scales the scale of each, (out, 1) or (1, in)
   * @param parent a sub-manager of it owns the merged weights
   * @return the merge, in force
   * @throws ConfigurationException if a module is quantised, whose rows and columns cannot be
   *     scaled without being quantised again
   */
  static ScaleMerge of(
      Network network,
      Map<ModuleSlot, SurroundedLinear> unmerged,
      Map<ModuleSlot, NDArray> scales,
      NDManager parent) {
    scales.keySet().forEach(ScaleMerge::requireUnquantized);
    ScaleMerge merge = new ScaleMerge(network, unmerged, parent.newSubManager());
    try (EngineMode mode = EngineMode.inference()) {
      scales.forEach((slot, scale) -> merge.merged.put(slot, merge.scaled(slot, scale)));
      merge.merged.forEach(ModuleSlot::standIn);
      return merge;
    } catch (RuntimeException e) {
      merge.undo();
      throw e;
    }
  }

  private static void requireUnquantized(ModuleSlot slot) {
    if (slot.base() instanceof QuantizedLinear quantized) {
      throw new ConfigurationException(
          "module \"%s\" is quantised (%s), and an (IA)³ adapter is merged into weights that are not; load the model without quantization to merge"
              .formatted(slot.name(), quantized.tensor().label()));
    }
  }

  private WeightBlock scaled(ModuleSlot slot, NDArray scale) {
    boolean ofOutputs = scale.getShape().get(1) == 1;
    return slot.base()
        .withWeights(
            (parameter, value) -> {
              if (parameter.equals("weight")) {
                report.add(new MergedWeight(slot.name() + ".weight", value.size(), 0, 0));
                return product(PRODUCT, value, scale);
              }
              return ofOutputs ? product(BIAS_PRODUCT, value, scale) : value;
            });
  }

  private NDArray product(String source, NDArray value, NDArray scale) {
    NDArray product = network.ops().op(source).apply(value, scale);
    product.attach(manager);
    return product;
  }

  @Override
  public MergeReport report() {
    return new MergeReport(report);
  }

  /** {@inheritDoc} The scales stand before them again. */
  @Override
  public void undo() {
    unmerged.forEach(ModuleSlot::standIn);
    manager.close();
  }

  @Override
  public void keep(NDManager owner) {
    merged.forEach(
        (slot, block) -> {
          slot.standIn(null);
          if (network.sharesWeight(slot)) {
            KeptWeights.settle(slot, block, owner);
          } else {
            KeptWeights.write(network, slot, block);
          }
        });
    manager.close();
  }
}
