// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import ai.djl.nn.Parameter;
import ai.djl.util.Pair;
import io.github.lora4j.AdapterConfig;
import io.github.lora4j.CausalLm;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.LoraModel;
import io.github.lora4j.TrainingException;
import io.github.lora4j.djl.nn.Decoder;
import io.github.lora4j.djl.nn.ModuleSlot;
import io.github.lora4j.djl.nn.QuantizedLinear;
import io.github.lora4j.djl.train.ModelFacts;
import io.github.lora4j.djl.train.TrainedModel;
import io.github.lora4j.generate.GenerationConfig;
import io.github.lora4j.generate.GenerationResult;
import io.github.lora4j.generate.TokenListener;
import io.github.lora4j.train.FineTuningOptions;
import io.github.lora4j.train.ReportPlan;
import io.github.lora4j.train.TrainableModules;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;

/** What of a model trains, and whether it may be trained now. */
final class Trainability {
  private Trainability() {}

  /**
   * What a run of the fine-tuner needs of a model.
   *
   * @throws TrainingException if the model is in no state to be trained
   * @throws ConfigurationException if it is not of the kind that the options are for
   */
  static TrainedModel requireTrainable(CausalLm model, FineTuningOptions options) {
    if (options.lisa().isPresent() && model instanceof LoraModel) {
      throw new ConfigurationException(
          "FineTuner: lisa trains the base itself, but \"%s\" carries adapters; close the LoraModel and fit the base, or leave lisa out"
              .formatted(model.getName()));
    }
    if (!(model instanceof DecoderModel decoderModel)) {
      throw new TrainingException(
          "FineTuner cannot train a %s; load a causal language model with HuggingFaceModel.load, and train any other with newTrainer"
              .formatted(model.getClass().getName()));
    }
    if (model instanceof MixedModel) {
      throw new TrainingException(
          "FineTuner makes batches of any size, but \"%s\" has an adapter for each row; train it with newTrainer"
              .formatted(model.getName()));
    }
    if (model instanceof AdaptedModel adapted) {
      requireAdapterInUse(adapted);
    }
    if (model instanceof CheckpointModel base && base.isAdapted()) {
      throw new TrainingException(
          "\"%s\" carries adapters; train the LoraModel they belong to, or close it first"
              .formatted(model.getName()));
    }
    Consumer<Path> saver =
        model instanceof AdaptedModel adapted ? adapted::saveAdapter : model::saveCheckpoint;
    return trained(decoderModel, saver);
  }

  /**
   * A base that jobs will put their adapters on.
   *
   * @return the model without adapters, to be closed by the caller
   * @throws ConfigurationException if it is of another kind, or has adapters
   */
  static AdaptedModel requireShared(CausalLm base) {
    if (base instanceof CheckpointModel model) {
      return AdaptedModel.withoutAdapters(model);
    }
    throw new ConfigurationException(
        "MultiLoraTrainer shares a base without adapters, found \"%s\", a %s; load one with HuggingFaceModel.load"
            .formatted(base.getName(), base.getClass().getSimpleName()));
  }

  /** What a run needs of a model. */
  static TrainedModel trained(DecoderModel model, Consumer<Path> saver) {
    return new TrainedModel(
        model.decoder(),
        model.getNDManager(),
        model.gradientCheckpointing(),
        steps -> model.stepHooks(OptionalInt.of(steps)),
        saver,
        facts(model),
        plan -> answers(model, plan));
  }

  private static ModelFacts facts(DecoderModel model) {
    Optional<AdapterConfig> adapter =
        model instanceof AdaptedModel adapted
            ? adapted.activeAdapter().map(adapted.adapters()::get)
            : Optional.empty();
    return new ModelFacts(model.getName(), adapter, model.trainableParameters());
  }

  private static List<String> answers(DecoderModel model, ReportPlan plan) {
    GenerationConfig greedy = GenerationConfig.builder().maxNewTokens(plan.answerTokens()).build();
    return model.generate(plan.prompts(), greedy, TokenListener.silent()).stream()
        .map(GenerationResult::text)
        .toList();
  }

  private static void requireAdapterInUse(AdaptedModel model) {
    if (model.isMerged()) {
      throw new TrainingException(
          "the adapter is merged, so it cannot be trained; call unmerge() first");
    }
    if (model.activeAdapter().isEmpty()) {
      throw new TrainingException(
          "no adapter is in use, so there is nothing to train; call setActiveAdapter or"
              + " enableAdapters first");
    }
  }

  static void unfreeze(Decoder decoder, TrainableModules modules) {
    if (modules instanceof TrainableModules.All) {
      requireNoneQuantized(decoder.modules());
      decoder.parameters().forEach(pair -> pair.getValue().freeze(false));
    } else if (modules instanceof TrainableModules.Head) {
      unfreeze(head(decoder));
    } else if (modules instanceof TrainableModules.LastLayers last) {
      unfreeze(lastLayers(decoder, last.count()));
    }
  }

  private static List<ModuleSlot> lastLayers(Decoder decoder, int count) {
    if (count > decoder.numLayers()) {
      throw new ConfigurationException(
          "TrainableModules: the last %d layers were asked for, but the model has %d"
              .formatted(count, decoder.numLayers()));
    }
    List<ModuleSlot> slots = new ArrayList<>();
    for (int layer = decoder.numLayers() - count; layer < decoder.numLayers(); layer++) {
      slots.addAll(decoder.layerModules(layer));
    }
    slots.addAll(decoder.exit());
    slots.addAll(head(decoder));
    return slots;
  }

  /** A tied head is the embedding's table. */
  private static List<ModuleSlot> head(Decoder decoder) {
    return decoder.isHeadTied()
        ? List.of(decoder.embedding(), decoder.head())
        : List.of(decoder.head());
  }

  private static void unfreeze(List<ModuleSlot> slots) {
    requireNoneQuantized(slots);
    for (ModuleSlot slot : slots) {
      for (Pair<String, Parameter> pair : slot.block().getDirectParameters()) {
        pair.getValue().freeze(false);
      }
    }
  }

  private static void requireNoneQuantized(Collection<ModuleSlot> slots) {
    for (ModuleSlot slot : slots) {
      if (slot.base() instanceof QuantizedLinear quantized) {
        throw new ConfigurationException(
            "TrainableModules: \"%s\" is quantised (%s) and cannot train itself; train an adapter with LoraModel.wrap, or load the model without LoadOptions.quantization"
                .formatted(slot.name(), quantized.tensor().label()));
      }
    }
  }
}
