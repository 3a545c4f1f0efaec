// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.generate;

import ai.djl.ndarray.NDList;
import ai.djl.translate.Translator;
import ai.djl.translate.TranslatorContext;
import io.github.lora4j.CausalLm;
import io.github.lora4j.ConfigurationException;
import java.util.List;

/**
 * Prompts in, continuations out, through DJL's predictors:
 *
 * <pre>{@code
 * try (Predictor<String, String> predictor =
 *     model.newPredictor(new TextGenerationTranslator(model, GenerationConfig.greedy()))) {
 *   String answer = predictor.predict("The capital of France is");
 *   List<String> answers = predictor.batchPredict(List.of("One, two,", "Monday, Tuesday,"));
 * }
 * }</pre>
 *
 * <p>A batch is decoded together. Each prediction uses the adapter that is active then. What goes
 * wrong comes as a {@link ai.djl.translate.TranslateException} whose cause says what and where. In
 * DJL's metrics the time of the generation is that of postprocessing.
 *
 * <p>Holds no arrays: it works as long as the model is open, and one translator may serve several
 * predictors. As the model itself, its predictors are for one thread at a time.
 */
public final class TextGenerationTranslator implements Translator<String, String> {
  private static final String PROMPTS = TextGenerationTranslator.class.getName();

  private final CausalLm model;
  private final GenerationConfig config;

  /**
   * Creates the translator.
   *
   * @param model the model that the predictors are made of
   * @param config what to sample and when to stop
   */
  public TextGenerationTranslator(CausalLm model, GenerationConfig config) {
    this.model = model;
    this.config = config;
  }

  /**
   * {@inheritDoc}
   *
   * @throws ConfigurationException if the predictor is another model's
   */
  @Override
  public void prepare(TranslatorContext context) {
    if (context.getModel() != model) {
      throw new ConfigurationException(
          "TextGenerationTranslator: made for the model \"%s\", but the predictor is that of \"%s\"; make the predictor with newPredictor of the same model"
              .formatted(model.getName(), context.getModel().getName()));
    }
  }

  /** {@inheritDoc} The predictor runs no block on an empty list. */
  @Override
  public NDList processInput(TranslatorContext context, String prompt) {
    return batchProcessInput(context, List.of(prompt));
  }

  /** {@inheritDoc} The predictor runs no block on an empty list. */
  @Override
  public NDList batchProcessInput(TranslatorContext context, List<String> prompts) {
    context.setAttachment(PROMPTS, List.copyOf(prompts));
    return new NDList();
  }

  @Override
  public String processOutput(TranslatorContext context, NDList none) {
    return batchProcessOutput(context, none).get(0);
  }

  @Override
  @SuppressWarnings("unchecked")
  public List<String> batchProcessOutput(TranslatorContext context, NDList none) {
    List<String> prompts = (List<String>) context.getAttachment(PROMPTS);
    return model.generate(prompts, config, TokenListener.silent()).stream()
        .map(GenerationResult::text)
        .toList();
  }
}
