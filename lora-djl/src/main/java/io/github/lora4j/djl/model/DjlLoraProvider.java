package io.github.lora4j.djl.model;

import ai.djl.Model;
import io.github.lora4j.CausalLm;
import io.github.lora4j.LoadOptions;
import io.github.lora4j.LoraConfig;
import io.github.lora4j.LoraModel;
import io.github.lora4j.spi.LoraProvider;
import java.nio.file.Path;

/** The implementation on DJL's PyTorch engine. */
public final class DjlLoraProvider implements LoraProvider {
  /** Made by {@link java.util.ServiceLoader}. */
  public DjlLoraProvider() {}

  @Override
  public CausalLm loadHuggingFace(Path directory, LoadOptions options) {
    return CheckpointModel.load(directory, options);
  }

  @Override
  public LoraModel wrap(Model base, LoraConfig config) {
    return AdaptedModel.wrap(base, config);
  }

  @Override
  public LoraModel load(Model base, Path adapterDirectory) {
    return AdaptedModel.load(base, adapterDirectory);
  }
}
