// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.zoo;

import ai.djl.Application;
import ai.djl.repository.MRL;
import ai.djl.repository.Repository;
import ai.djl.repository.zoo.Criteria;
import ai.djl.repository.zoo.ModelLoader;
import ai.djl.repository.zoo.ModelNotFoundException;
import ai.djl.repository.zoo.ZooModel;
import ai.djl.translate.TranslateException;
import ai.djl.translate.Translator;
import ai.djl.translate.TranslatorFactory;
import ai.djl.util.Progress;
import io.github.lora4j.CausalLm;
import io.github.lora4j.HuggingFaceModel;
import io.github.lora4j.LoraException;
import io.github.lora4j.LoraModel;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Loads the checkpoint, and the adapter, that a criteria's options name. What it gives wraps a
 * {@link CausalLm}, which with the option {@code adapter} is a {@link LoraModel}.
 */
final class HuggingFaceLoader implements ModelLoader {
  private static final String ARTIFACT_ID = "huggingface";

  @Override
  public String getGroupId() {
    return HuggingFaceZoo.GROUP_ID;
  }

  @Override
  public String getArtifactId() {
    return ARTIFACT_ID;
  }

  @Override
  public Application getApplication() {
    return Application.NLP.TEXT_GENERATION;
  }

  /** {@inheritDoc} Its repository is the working directory, from which relative paths start. */
  @Override
  public MRL getMrl() {
    Repository repository = Repository.newInstance(ARTIFACT_ID, Path.of(""));
    return MRL.undefined(repository, HuggingFaceZoo.GROUP_ID, ARTIFACT_ID);
  }

  /**
   * {@inheritDoc}
   *
   * @throws ModelNotFoundException if the options name no checkpoint, or there is no translator for
   *     the types
   * @throws LoraException if the checkpoint, the adapter or an option is wrong; nothing stays
   *     behind
   */
  @Override
  public <I, O> ZooModel<I, O> loadModel(Criteria<I, O> criteria) throws ModelNotFoundException {
    CheckpointOptions options = CheckpointOptions.of(criteria);
    CausalLm base = HuggingFaceModel.load(options.directory(), options.loadOptions());
    try {
      Optional<LoraModel> adapted = options.adapter().map(path -> LoraModel.load(base, path));
      CausalLm model = adapted.isPresent() ? adapted.get() : base;
      return new OwningZooModel<>(model, translator(criteria, model), base);
    } catch (ModelNotFoundException | RuntimeException e) {
      base.close();
      throw e;
    }
  }

  private static <I, O> Translator<I, O> translator(Criteria<I, O> criteria, CausalLm model)
      throws ModelNotFoundException {
    @Nullable TranslatorFactory chosen = criteria.getTranslatorFactory();
    TranslatorFactory factory = chosen == null ? new TextGenerationTranslatorFactory() : chosen;
    Class<I> input = criteria.getInputClass();
    Class<O> output = criteria.getOutputClass();
    if (!factory.isSupported(input, output)) {
      throw new ModelNotFoundException(
          "no translator from %s to %s for \"%s\"; expected %s, or give one with optTranslator"
              .formatted(
                  input.getName(), output.getName(), model.getName(), factory.getSupportedTypes()));
    }
    try {
      Map<String, Object> arguments = Absent.asEmpty(criteria.getArguments());
      return factory.newInstance(input, output, model, arguments);
    } catch (TranslateException e) {
      throw new ModelNotFoundException(
          "the translator for \"%s\" cannot be made: %s".formatted(model.getName(), e.getMessage()),
          e);
    }
  }

  /** {@inheritDoc} Always: what is loaded lies on this machine. */
  @Override
  public <I, O> boolean isDownloaded(Criteria<I, O> criteria) {
    return true;
  }

  @Override
  public <I, O> void downloadModel(Criteria<I, O> criteria, @Nullable Progress progress) {}
}
