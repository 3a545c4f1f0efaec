// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import ai.djl.Model;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Block;
import ai.djl.nn.SymbolBlock;
import ai.djl.pytorch.engine.PtNDManager;
import ai.djl.training.Trainer;
import io.github.lora4j.djl.inject.AdapterSet;
import io.github.lora4j.djl.inject.block.AdaptedBlock;
import io.github.lora4j.djl.inject.block.BlockTree;
import io.github.lora4j.djl.inject.block.StandIns;
import io.github.lora4j.djl.inject.parameter.ParameterHost;
import io.github.lora4j.djl.inject.parameter.ParameterModule;
import io.github.lora4j.djl.kernel.TorchOps;
import java.util.List;

/** Models made of DJL's blocks, or of a user's own. */
final class BlockDoor extends ForeignDoor {
  @Override
  public boolean accepts(Model model) {
    Block block = model.getBlock();
    return block != null
        && !(block instanceof SymbolBlock)
        && model.getNDManager() instanceof PtNDManager;
  }

  @Override
  List<ParameterModule> modules(Model base, TorchOps ops) {
    return BlockTree.modules(base.getBlock());
  }

  @Override
  Injection inject(Model base, NDManager manager) {
    TorchOps ops = new TorchOps(manager);
    List<ParameterModule> modules = modules(base, ops);
    StandIns standIns = new StandIns(ops);
    AdapterSet adapters =
        new AdapterSet(new ParameterHost(base.getName(), modules, standIns, ops), manager);
    return new Injection(
        "a model of DJL blocks",
        manager,
        adapters,
        new AdaptedBlock(base.getBlock(), standIns, adapters),
        Trainer::new,
        count(modules));
  }
}
