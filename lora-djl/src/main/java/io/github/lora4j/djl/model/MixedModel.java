// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import io.github.lora4j.AdapterRows;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.TrainableParameters;
import io.github.lora4j.djl.generate.CachedSession;
import io.github.lora4j.djl.generate.DecodingSession;
import io.github.lora4j.djl.inject.AdapterSet;
import io.github.lora4j.djl.nn.CausalLmBlock;
import io.github.lora4j.djl.nn.RaggedBatch;
import io.github.lora4j.djl.train.StepHooks;
import io.github.lora4j.generate.GenerationConfig;
import io.github.lora4j.generate.GenerationResult;
import io.github.lora4j.generate.TokenListener;
import io.github.lora4j.train.TrainableModules;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * A model with adapters as mixed batches see it: an adapter a row. Everything is the model's; what
 * its adapters are is asked anew for each batch.
 */
final class MixedModel extends DecoderModel {
  private final AdaptedModel model;
  private final List<String> adapterOfRow;

  MixedModel(AdaptedModel model, List<String> adapterOfRow) {
    super(
        model.getName(),
        model.getNDManager().newSubManager(),
        new CausalLmBlock(model.decoder(), new Routing(model.adapterSet(), adapterOfRow)::route),
        model.directory(),
        model.architecture(),
        model.tokenizerIfAny());
    this.model = model;
    this.adapterOfRow = List.copyOf(adapterOfRow);
    setGradientCheckpointing(model.gradientCheckpointing());
  }

  /** Says of each batch which adapters apply to its rows. */
  private record Routing(AdapterSet adapters, List<String> adapterOfRow) {
    RaggedBatch route(RaggedBatch batch) {
      requireRows(adapterOfRow, batch.sequences(), "rows in the batch");
      return batch.with(adapters.rows(adapterOfRow));
    }
  }

  private static void requireRows(List<String> adapterOfRow, int found, String what) {
    if (found != adapterOfRow.size()) {
      throw new ConfigurationException(
          "forAdapters: adapters were given for %d rows, found %d %s; give one adapter a row"
              .formatted(adapterOfRow.size(), found, what));
    }
  }

  private AdapterRows rows() {
    return model.adapterSet().rows(adapterOfRow);
  }

  @Override
  DecodingSession newSession() {
    return new CachedSession(decoder(), manager, rows());
  }

  @Override
  public List<GenerationResult> generate(
      List<String> prompts, GenerationConfig config, TokenListener listener) {
    requireRows(adapterOfRow, prompts.size(), "prompts");
    return super.generate(prompts, config, listener);
  }

  @Override
  public List<int[]> generateTokens(List<int[]> prompts, GenerationConfig config) {
    requireRows(adapterOfRow, prompts.size(), "prompts");
    return super.generateTokens(prompts, config);
  }

  @Override
  public TrainableParameters trainableParameters() {
    return model.trainableParameters();
  }

  @Override
  StepHooks stepHooks(OptionalInt runLength) {
    return model.stepHooks(runLength);
  }

  @Override
  public void train(TrainableModules modules) {
    model.train(modules);
  }

  @Override
  public void saveQuantized(Path target) {
    throw noFileOfItsOwn();
  }

  @Override
  public void saveCheckpoint(Path target) {
    throw noFileOfItsOwn();
  }

  @Override
  public void save(Path target, @Nullable String name) {
    throw noFileOfItsOwn();
  }

  private ConfigurationException noFileOfItsOwn() {
    return new ConfigurationException(
        "mixed batches of \"%s\" have no weights of their own to save; save each adapter with LoraModel.saveAdapter(name, directory)"
            .formatted(getName()));
  }
}
