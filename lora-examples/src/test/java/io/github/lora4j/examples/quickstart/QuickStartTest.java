// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.quickstart;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.CausalLm;
import io.github.lora4j.HuggingFaceModel;
import io.github.lora4j.LoadOptions;
import io.github.lora4j.data.ChatMessage;
import io.github.lora4j.data.PromptTemplate;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class QuickStartTest {
  private static final PromptTemplate TEMPLATE = PromptTemplate.humanAssistant();

  @TempDir private Path directory;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  @BeforeAll
  static void withoutScreen() {
    System.setProperty("java.awt.headless", "true");
  }

  private QuickStartResult run(double epochs, int heldOut) {
    QuickStartOptions options =
        new QuickStartOptions(directory, epochs, 8, 42, heldOut, LoadOptions.defaults());
    return new QuickStart(options, new PrintStream(out, true, StandardCharsets.UTF_8)).run();
  }

  @Test
  void aShortRunGoesThroughEveryChapterAndAnswersAlikeHoweverLoaded() throws IOException {
    QuickStartResult result = run(0.04, 3);
    assertEquals(result.answers(), result.reloadedAnswers());
    assertEquals(result.answers(), result.mergedAnswers());
    assertTrue(Files.isRegularFile(directory.resolve("adapter/adapter_model.safetensors")));
    assertTrue(Files.isRegularFile(directory.resolve("merged/model.safetensors")));
    BufferedImage picture = ImageIO.read(result.picture().toFile());
    assertTrue(picture.getWidth() >= 800 && picture.getHeight() >= 450);
    String told = out.toString(StandardCharsets.UTF_8);
    for (int chapter = 1; chapter <= 8; chapter++) {
      assertTrue(told.contains("\n" + chapter + ". "), "chapter " + chapter);
    }
  }

  @Test
  void theBundledModelAnswersWhatItWasTaught() {
    Bundle.copyTo(directory);
    try (CausalLm model = HuggingFaceModel.load(directory.resolve(Bundle.MODEL))) {
      assertEquals("Paris", KnownSkills.answer(model, KnownSkills.PROMPTS.get(0), TEMPLATE));
      assertEquals("red", KnownSkills.answer(model, KnownSkills.PROMPTS.get(1), TEMPLATE));
      assertEquals("书", KnownSkills.answer(model, KnownSkills.PROMPTS.get(2), TEMPLATE));
    }
  }

  @Test
  void theBundledChatTemplateAsksAsTheQuickStartDoes() {
    Bundle.copyTo(directory);
    try (CausalLm model = HuggingFaceModel.load(directory.resolve(Bundle.MODEL))) {
      assertEquals(
          TEMPLATE.prompt("Repeat.", "one two"),
          model
              .tokenizer()
              .applyChatTemplate(List.of(ChatMessage.user(" Repeat.\none two ")), true));
      assertEquals(
          "Be brief.\n\nHuman: a\n\nAssistant: b</s>Human: c\n\nAssistant: ",
          model
              .tokenizer()
              .applyChatTemplate(
                  List.of(
                      ChatMessage.system("Be brief."),
                      ChatMessage.user("a"),
                      ChatMessage.assistant("b"),
                      ChatMessage.user("c")),
                  true));
    }
  }

  @Test
  void theMovingAverageKeepsConstantsAndTakesBothNeighbours() {
    assertArrayEquals(new double[] {2, 2, 2}, LossCurve.smooth(new double[] {2, 2, 2}));
    assertArrayEquals(new double[] {0, 3, 0}, LossCurve.smooth(new double[] {0, 9, 0}));
  }
}
