package io.github.lora4j.djl.model;

import ai.djl.Model;
import io.github.lora4j.AdapterConfig;
import io.github.lora4j.LoraModel;
import java.nio.file.Path;

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
}
