// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject.parameter;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.nn.Parameter;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.Initialization;
import io.github.lora4j.LoraConfig;
import io.github.lora4j.djl.format.TensorEntry;
import io.github.lora4j.djl.inject.AdapterHost;
import io.github.lora4j.djl.inject.FactorSource;
import io.github.lora4j.djl.inject.InstalledAdapter;
import io.github.lora4j.djl.inject.Merge;
import io.github.lora4j.djl.inject.NewFactors;
import io.github.lora4j.djl.kernel.TorchOps;
import io.github.lora4j.peft.PeftTensor;
import io.github.lora4j.peft.TensorRole;
import io.github.lora4j.target.AdaptableModule;
import io.github.lora4j.target.AdaptationPlan;
import io.github.lora4j.target.AdaptedModule;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** A foreign block as adapters see it: modules that are no more than their parameters. */
public final class ParameterHost implements AdapterHost {
  private final String name;
  private final Map<String, ParameterModule> modules = new LinkedHashMap<>();
  private final ParameterValues values;
  private final TorchOps ops;

  /**
   * Creates the host.
   *
   * @param name the model's name
   * @param modules its modules
   * @param values where adapters say what parameters are worth
   * @param ops the operators
   */
  public ParameterHost(
      String name, List<ParameterModule> modules, ParameterValues values, TorchOps ops) {
    this.name = name;
    modules.forEach(module -> this.modules.put(module.name(), module));
    this.values = values;
    this.ops = ops;
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public List<AdaptableModule> modules() {
    return modules.values().stream().map(ParameterModule::module).toList();
  }

  @Override
  public List<String> defaultTargets() {
    return List.of();
  }

  @Override
  public void check(AdaptationPlan plan) {
    LoraConfig config = plan.config();
    require(config.dropout() == 0, "lora_dropout", "0", config.dropout());
    require(!config.useDora(), "use_dora", "false", true);
    Initialization start = config.initialization();
    require(start.drawsApart(), "init_lora_weights", "A and B drawn apart", start.rule());
    require(
        plan.trainedRows().isEmpty(),
        "trainable_token_indices",
        "none",
        config.trainableTokenIndices());
    plan.adapted().forEach(this::requireFloat32);
  }

  private void require(boolean holds, String field, String expected, Object found) {
    if (!holds) {
      throw new ConfigurationException(
          "%s: \"%s\" is a foreign model, whose weights are adapted as wholes: expected %s, found %s; use a model of HuggingFaceModel for that"
              .formatted(field, name, expected, found));
    }
  }

  private void requireFloat32(AdaptedModule adapted) {
    DataType type = module(adapted.name()).weight().getArray().getDataType();
    if (type != DataType.FLOAT32) {
      throw new ConfigurationException(
          "target_modules: the weight of \"%s\" is %s; only %s can be adapted here, convert the model or leave it out with excludeModules"
              .formatted(adapted.name(), type, DataType.FLOAT32));
    }
  }

  ParameterModule module(String module) {
    return Objects.requireNonNull(modules.get(module));
  }

  ParameterValues values() {
    return values;
  }

  TorchOps ops() {
    return ops;
  }

  @Override
  public InstalledAdapter create(String adapter, AdaptationPlan plan, NDManager parent) {
    return ParameterAdapter.install(
        this, adapter, plan, parent, new NewFactors(plan.config().initialization()));
  }

  @Override
  public InstalledAdapter load(
      String adapter, AdaptationPlan plan, NDManager parent, FactorSource source) {
    return ParameterAdapter.install(this, adapter, plan, parent, source);
  }

  @Override
  public Merge merge(List<InstalledAdapter> adapters, NDManager parent) {
    requireTogether(adapters);
    return ParameterMerge.of(values, (ParameterAdapter) adapters.get(0), parent);
  }

  @Override
  public Optional<NDArray> unquantizedWeight(String module) {
    return Optional.of(values.base(module(module).weight()));
  }

  @Override
  public TensorEntry baseEntry(String entry, PeftTensor tensor) {
    ParameterModule module = module(tensor.module());
    Parameter parameter =
        tensor.role() == TensorRole.BASE_BIAS ? module.bias().orElseThrow() : module.weight();
    return TensorEntry.of(entry, values.base(parameter));
  }
}
