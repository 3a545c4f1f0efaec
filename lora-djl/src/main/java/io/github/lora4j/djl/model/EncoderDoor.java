// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import ai.djl.Model;
import io.github.lora4j.AdapterConfig;
import io.github.lora4j.LoraModel;
import io.github.lora4j.djl.nn.ModuleSlot;
import io.github.lora4j.target.AdaptableModule;
import java.nio.file.Path;
import java.util.List;

/** Encoders that this library loaded. */
final class EncoderDoor implements AdapterDoor {
  @Override
  public boolean accepts(Model model) {
    return model instanceof CheckpointEncoder;
  }

  @Override
  public LoraModel wrap(Model base, AdapterConfig config) {
    return AdaptedEncoder.wrap((CheckpointEncoder) base, config);
  }

  @Override
  public LoraModel load(Model base, Path adapterDirectory) {
    return AdaptedEncoder.load((CheckpointEncoder) base, adapterDirectory);
  }

  @Override
  public List<AdaptableModule> modules(Model base) {
    return ((CheckpointEncoder) base).encoder().modules().stream().map(ModuleSlot::module).toList();
  }
}
