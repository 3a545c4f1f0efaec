// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import ai.djl.Model;
import io.github.lora4j.AdapterConfig;
import io.github.lora4j.LoraModel;
import io.github.lora4j.djl.nn.ModuleSlot;
import io.github.lora4j.target.AdaptableModule;
import java.nio.file.Path;
import java.util.List;

/** Causal language models that this library loaded. */
final class DecoderDoor implements AdapterDoor {
  @Override
  public boolean accepts(Model model) {
    return model instanceof CheckpointModel;
  }

  @Override
  public LoraModel wrap(Model base, AdapterConfig config) {
    return AdaptedModel.wrap((CheckpointModel) base, config);
  }

  @Override
  public LoraModel load(Model base, Path adapterDirectory) {
    return AdaptedModel.load((CheckpointModel) base, adapterDirectory);
  }

  @Override
  public List<AdaptableModule> modules(Model base) {
    return ((CheckpointModel) base).decoder().modules().stream().map(ModuleSlot::module).toList();
  }
}
