// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import ai.djl.Model;
import ai.djl.ndarray.NDManager;
import ai.djl.pytorch.engine.PtSymbolBlock;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.djl.inject.AdapterSet;
import io.github.lora4j.djl.inject.block.AdaptedBlock;
import io.github.lora4j.djl.inject.block.StoreView;
import io.github.lora4j.djl.inject.parameter.ParameterHost;
import io.github.lora4j.djl.inject.parameter.ParameterModule;
import io.github.lora4j.djl.inject.script.ScriptModules;
import io.github.lora4j.djl.inject.script.ScriptValues;
import io.github.lora4j.djl.kernel.TorchOps;
import io.github.lora4j.djl.train.ScriptTrainer;
import java.util.List;

/** TorchScript modules that DJL loaded. */
final class ScriptDoor extends ForeignDoor {
  @Override
  public boolean accepts(Model model) {
    return model.getBlock() instanceof PtSymbolBlock;
  }

  @Override
  List<ParameterModule> modules(Model base, TorchOps ops) {
    return ScriptModules.of((PtSymbolBlock) base.getBlock(), ops);
  }

  @Override
  Injection inject(Model base, NDManager manager) {
    TorchOps ops = new TorchOps(manager);
    PtSymbolBlock script = (PtSymbolBlock) base.getBlock();
    if (ScriptModules.isForInferenceOnly(script, ops)) {
      throw new ConfigurationException(
          "LoraModel.wrap: \"%s\" was loaded for inference only, and libtorch lets nobody change its parameters; load it with Criteria...optOption(\"trainParam\", \"true\")"
              .formatted(base.getName()));
    }
    List<ParameterModule> modules = modules(base, ops);
    ScriptValues values = new ScriptValues(manager, ops);
    AdapterSet adapters =
        new AdapterSet(new ParameterHost(base.getName(), modules, values, ops), manager);
    return new Injection(
        "a TorchScript module",
        manager,
        adapters,
        new AdaptedBlock(script, StoreView.PLAIN, adapters),
        (model, config) -> new ScriptTrainer(model, values, config),
        count(modules));
  }
}
