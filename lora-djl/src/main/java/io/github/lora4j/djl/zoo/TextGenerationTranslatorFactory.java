// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.zoo;

import ai.djl.Model;
import ai.djl.ndarray.NDList;
import ai.djl.translate.NoopTranslator;
import ai.djl.translate.TranslateException;
import ai.djl.translate.Translator;
import ai.djl.translate.TranslatorFactory;
import ai.djl.util.Pair;
import io.github.lora4j.CausalLm;
import io.github.lora4j.generate.TextGenerationTranslator;
import java.lang.reflect.Type;
import java.util.Map;
import java.util.Set;

/**
 * Prompts to continuations, as {@link GenerationArguments} say, or token ids to logits as they are.
 */
public final class TextGenerationTranslatorFactory implements TranslatorFactory {
  private static final Pair<Type, Type> TEXT = new Pair<>(String.class, String.class);
  private static final Pair<Type, Type> ARRAYS = new Pair<>(NDList.class, NDList.class);

  /** DJL makes one by the name of the class. */
  public TextGenerationTranslatorFactory() {}

  @Override
  public Set<Pair<Type, Type>> getSupportedTypes() {
    return Set.of(TEXT, ARRAYS);
  }

  /**
   * {@inheritDoc}
   *
   * @throws TranslateException if the model is no causal language model
   */
  @Override
  @SuppressWarnings("unchecked")
  public <I, O> Translator<I, O> newInstance(
      Class<I> input, Class<O> output, Model model, Map<String, ?> arguments)
      throws TranslateException {
    if (!TEXT.equals(new Pair<Type, Type>(input, output))) {
      return (Translator<I, O>) new NoopTranslator();
    }
    if (!(model instanceof CausalLm lm)) {
      throw new TranslateException(
          "\"%s\" is a %s and no causal language model; load one with optGroupId(\"%s\")"
              .formatted(
                  model.getName(), model.getClass().getSimpleName(), HuggingFaceZoo.GROUP_ID));
    }
    return (Translator<I, O>)
        new TextGenerationTranslator(lm, GenerationArguments.config(arguments));
  }
}
