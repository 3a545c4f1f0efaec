// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.corpus;

import io.github.lora4j.data.PromptCompletion;
import java.util.List;
import java.util.stream.Stream;

/**
 * What the bundled model is pretrained on: English and Chinese texts and questions with answers,
 * made from word lists. The same seed makes the same texts.
 */
public final class Corpus {
  /** Each skill as often as its share; reading a context is the hardest and most frequent. */
  private static final List<Skill> SKILLS =
      List.of(
          new EnglishScenes(),
          new EnglishScenes(),
          new EnglishScenes(),
          new EnglishScenes(),
          new ChineseScenes(),
          new ChineseScenes(),
          new ChineseScenes(),
          new ChineseScenes(),
          Lists::english,
          Lists::english,
          Lists::chinese,
          Lists::chinese,
          Facts::capital,
          Facts::opposite,
          Facts::home,
          Facts::number,
          Facts::singular,
          Facts::translation,
          PlainTexts::story,
          PlainTexts::storyInChinese,
          PlainTexts::speech,
          PlainTexts::record);

  private Corpus() {}

  /**
   * Texts without end. An empty prompt marks a text that is learned as a whole; of the others the
   * completion alone is.
   *
   * @param seed the seed
   * @return an endless stream, in order
   */
  public static Stream<PromptCompletion> texts(long seed) {
    Draw draw = new Draw(seed);
    return Stream.generate(() -> draw.one(SKILLS).write(draw));
  }
}
