// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.inference.Predictor;
import ai.djl.translate.TranslateException;
import io.github.lora4j.CausalLm;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.HuggingFaceModel;
import io.github.lora4j.Initialization;
import io.github.lora4j.LoraConfig;
import io.github.lora4j.LoraModel;
import io.github.lora4j.djl.model.TalkingModel;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TextGenerationTranslatorTest {
  private static final GenerationConfig CONFIG =
      GenerationConfig.builder().maxNewTokens(8).ignoreEndOfSequence(true).build();
  private static final List<String> PROMPTS = List.of("The capital of France is", "One, two,");

  @TempDir Path directory;
  private CausalLm model;

  @BeforeEach
  void load() throws IOException {
    TalkingModel.write(directory.resolve("talking"));
    model = HuggingFaceModel.load(directory.resolve("talking"));
  }

  @AfterEach
  void close() {
    model.close();
  }

  private Predictor<String, String> predictor() {
    return model.newPredictor(new TextGenerationTranslator(model, CONFIG));
  }

  @Test
  void aPredictorContinuesAPrompt() throws TranslateException {
    String expected = model.generate(PROMPTS.get(0), CONFIG);
    assertFalse(expected.isEmpty());
    try (Predictor<String, String> predictor = predictor()) {
      assertEquals(expected, predictor.predict(PROMPTS.get(0)));
      assertEquals(expected, predictor.predict(PROMPTS.get(0)));
    }
  }

  @Test
  void aBatchGivesOneContinuationAPromptInOrder() throws TranslateException {
    List<String> alone = PROMPTS.stream().map(p -> model.generate(p, CONFIG)).toList();
    assertNotEquals(alone.get(0), alone.get(1));
    try (Predictor<String, String> predictor = predictor()) {
      assertEquals(alone, predictor.batchPredict(PROMPTS));
      assertEquals(List.of(), predictor.batchPredict(List.of()));
    }
  }

  @Test
  void severalPredictorsShareATranslatorAndLeaveNothing() throws TranslateException {
    TextGenerationTranslator translator = new TextGenerationTranslator(model, CONFIG);
    int arrays = model.getNDManager().getManagedArrays().size();
    try (Predictor<String, String> first = model.newPredictor(translator);
        Predictor<String, String> second = model.newPredictor(translator)) {
      for (String prompt : PROMPTS) {
        assertEquals(first.predict(prompt), second.predict(prompt));
      }
      assertEquals(arrays, model.getNDManager().getManagedArrays().size());
    }
  }

  @Test
  void theActiveAdapterIsUsed() throws TranslateException {
    String bare = model.generate(PROMPTS.get(0), CONFIG);
    LoraConfig config =
        LoraConfig.builder().alpha(64).allLinear().initialization(Initialization.RANDOM).build();
    try (LoraModel adapted = LoraModel.wrap(model, config);
        Predictor<String, String> predictor =
            adapted.newPredictor(new TextGenerationTranslator(adapted, CONFIG))) {
      assertEquals(adapted.generate(PROMPTS.get(0), CONFIG), predictor.predict(PROMPTS.get(0)));
      assertNotEquals(bare, predictor.predict(PROMPTS.get(0)));
      adapted.disableAdapters();
      assertEquals(bare, predictor.predict(PROMPTS.get(0)));
    }
  }

  @Test
  void whatGoesWrongIsTheCause() {
    try (Predictor<String, String> predictor = predictor()) {
      String longText = "word ".repeat(100);
      TranslateException thrown =
          assertThrows(TranslateException.class, () -> predictor.predict(longText));
      assertInstanceOf(ConfigurationException.class, thrown.getCause());
      assertTrue(thrown.getCause().getMessage().contains("at most 64"), thrown::toString);
    }
  }

  @Test
  void aPredictorOfAnotherModelIsRefused() throws IOException {
    try (CausalLm other = HuggingFaceModel.load(directory.resolve("talking"));
        Predictor<String, String> predictor =
            other.newPredictor(new TextGenerationTranslator(model, CONFIG))) {
      TranslateException thrown =
          assertThrows(TranslateException.class, () -> predictor.predict("a"));
      assertInstanceOf(ConfigurationException.class, thrown.getCause());
      assertTrue(thrown.getCause().getMessage().contains("newPredictor"), thrown::toString);
    }
  }
}
