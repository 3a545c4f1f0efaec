// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import io.github.lora4j.Ia3Config;
import io.github.lora4j.djl.nn.LearnedScale;
import io.github.lora4j.djl.nn.LinearBlock;
import io.github.lora4j.djl.nn.ModuleSlot;
import io.github.lora4j.djl.nn.Network;
import io.github.lora4j.djl.nn.SurroundedLinear;
import io.github.lora4j.peft.PeftTensor;
import io.github.lora4j.peft.TensorRole;
import io.github.lora4j.target.AdaptableModule;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;

/**
 * (IA)³ on a network of ours.
 *
 * @param network the network
 * @param modelType its family's name in {@code config.json}
 */
record Ia3Family(Network network, String modelType) implements AdapterFamily<Ia3Config> {
  @Override
  public Class<Ia3Config> configType() {
    return Ia3Config.class;
  }

  @Override
  public InstalledAdapter create(String name, Ia3Config config, NDManager parent) {
    return install(name, Ia3Plan.of(config, network, modelType), parent, Optional.empty());
  }

  @Override
  public InstalledAdapter load(
      String name, Ia3Config config, AdapterFile file, boolean strict, NDManager parent) {
    Ia3Plan plan = Ia3Plan.of(config, network, modelType);
    List<PeftTensor> expected = plan.scales().stream().map(s -> tensor(s.module())).toList();
    file.check(expected, strict);
    return install(name, plan, parent, Optional.of(file));
  }

  private InstalledAdapter install(
      String name, Ia3Plan plan, NDManager parent, Optional<AdapterFile> file) {
    NDManager manager = parent.newSubManager();
    try {
      PieceValues values = new PieceValues(manager, file);
      Map<ModuleSlot, SurroundedLinear> blocks = new LinkedHashMap<>();
      Map<ModuleSlot, NDArray> scales = new LinkedHashMap<>();
      for (Ia3Plan.Scale scale : plan.scales()) {
        ModuleSlot slot = network.module(scale.module().name());
        Parameter parameter =
            values.parameter(tensor(scale.module()), scale.shape(), start(plan.config()));
        blocks.put(slot, surrounded(name, slot, scale, parameter));
        scales.put(slot, parameter.getArray());
      }
      return new SurroundingAdapter(
          name,
          plan.config(),
          manager,
          blocks,
          values.all(),
          owner -> ScaleMerge.of(network, blocks, scales, owner));
    } catch (RuntimeException e) {
      manager.close();
      throw e;
    }
  }

  private SurroundedLinear surrounded(
      String name, ModuleSlot slot, Ia3Plan.Scale scale, Parameter parameter) {
    LinearBlock base = (LinearBlock) slot.base();
    LearnedScale piece = new LearnedScale(network.ops(), "ia3_l.%s", parameter);
    return scale.ofInputs()
        ? SurroundedLinear.before(network.ops(), base, piece, name)
        : SurroundedLinear.after(network.ops(), base, piece, name);
  }

  private static BiFunction<NDManager, Shape, NDArray> start(Ia3Config config) {
    return config.initIa3Weights()
        ? (manager, shape) -> manager.ones(shape, DataType.FLOAT32)
        : (manager, shape) -> manager.randomNormal(0f, 1f, shape, DataType.FLOAT32);
  }

  private static PeftTensor tensor(AdaptableModule module) {
    return new PeftTensor(module.name(), TensorRole.IA3_L);
  }
}
