// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.ConfigurationException;
import io.github.lora4j.LoraException;
import io.github.lora4j.data.LlmTokenizer;
import io.github.lora4j.generate.FinishReason;
import io.github.lora4j.generate.GenerationConfig;
import io.github.lora4j.generate.GenerationResult;
import io.github.lora4j.generate.TokenListener;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class GenerationLoopTest {
  private final ByteTokenizer tokenizer = new ByteTokenizer();

  @Test
  void sequencesOfUnevenLengthEndByTheirOwnReasonAndStandInOrder() {
    FakeSession session =
        script(Map.of("A:", "short", "Longer prompt:", "never ends 保持健康", "Stop:", "x\nHuman: y"));
    GenerationConfig config =
        GenerationConfig.builder().maxNewTokens(20).stopStrings("\nHuman:").build();

    List<GenerationResult> results =
        run(config, session, List.of("Longer prompt:", "A:", "Stop:"), TokenListener.silent());

    assertEquals(
        List.of("never ends 保持健", "short", "x"),
        results.stream().map(GenerationResult::text).toList());
    assertEquals(
        List.of(FinishReason.LENGTH, FinishReason.END_OF_SEQUENCE, FinishReason.STOP_STRING),
        results.stream().map(GenerationResult::finishReason).toList());
    assertEquals(List.of(20, 6, 8), results.stream().map(GenerationResult::newTokens).toList());
    assertEquals(List.of(15, 3, 6), results.stream().map(GenerationResult::promptTokens).toList());
    assertEquals("A:", results.get(1).prompt());
    assertEquals(ByteTokenizer.END, results.get(1).tokenIds().get(5));
    assertEquals(List.of(List.of(0, 2), List.of(0)), session.retained);
    assertEquals(1, session.closes);
  }

  @Test
  void plainGreedyLeavesTheLogitsOnTheDevice() {
    FakeSession session = script(Map.of("A:", "text"));
    run(GenerationConfig.greedy(), session, List.of("A:"), TokenListener.silent());
    assertEquals(
        List.of(1, 4, 0), List.of(session.prefills, session.greedySteps, session.logitSteps));
  }

  @ParameterizedTest
  @ValueSource(floats = {1.01f, 0.99f})
  void aProcessorNeedsTheLogits(float penalty) {
    FakeSession session = script(Map.of("A:", "text"));
    GenerationConfig config = GenerationConfig.builder().repetitionPenalty(penalty).build();
    GenerationResult result = run(config, session, List.of("A:"), TokenListener.silent()).get(0);
    assertEquals("text", result.text());
    assertEquals(List.of(0, 4), List.of(session.greedySteps, session.logitSteps));
  }

  @Test
  void listenersPiecesAreTheText() {
    Map<String, String> answers = Map.of("A:", "保持😀 ab健康", "B:", "x健健康y", "C:", "");
    List<String> prompts = List.of("A:", "B:", "C:");
    Map<Integer, StringBuilder> heard = new TreeMap<>();
    Map<Integer, List<Integer>> ids = new TreeMap<>();
    TokenListener listener =
        (sequence, tokenId, piece) -> {
          heard.computeIfAbsent(sequence, i -> new StringBuilder()).append(piece);
          ids.computeIfAbsent(sequence, i -> new ArrayList<>()).add(tokenId);
          return true;
        };
    GenerationConfig config = GenerationConfig.builder().stopStrings("健康", "zz").build();

    List<GenerationResult> results = run(config, script(answers), prompts, listener);

    assertEquals(
        List.of("保持😀 ab", "x健", ""), results.stream().map(GenerationResult::text).toList());
    for (int i = 0; i < prompts.size(); i++) {
      assertEquals(results.get(i).text(), heard.get(i).toString());
      assertEquals(results.get(i).tokenIds(), ids.get(i));
    }
  }

  @Test
  void theLastTokenGivesWhatWasHeld() {
    FakeSession session = script(Map.of("A:", "abc"));
    List<String> pieces = new ArrayList<>();
    GenerationConfig config = GenerationConfig.builder().maxNewTokens(3).stopStrings("bcd").build();
    run(config, session, List.of("A:"), (sequence, id, piece) -> pieces.add(piece));
    assertEquals(List.of("a", "", "bc"), pieces);
  }

  @Test
  void aListenerCancelsItsSequenceOnly() {
    FakeSession session = script(Map.of("A:", "first answer", "B:", "second"));
    TokenListener listener = (sequence, tokenId, piece) -> sequence != 0 || tokenId != 's';
    List<GenerationResult> results =
        run(GenerationConfig.greedy(), session, List.of("A:", "B:"), listener);
    assertEquals(FinishReason.CANCELLED, results.get(0).finishReason());
    assertEquals("firs", results.get(0).text());
    assertEquals(FinishReason.END_OF_SEQUENCE, results.get(1).finishReason());
    assertEquals("second", results.get(1).text());
  }

  @Test
  void aCancelledSequenceHasTheTextThatTheListenerHeard() {
    FakeSession session = script(Map.of("A:", "ab健"));
    StringBuilder heard = new StringBuilder();
    TokenListener listener =
        (sequence, tokenId, piece) -> {
          heard.append(piece);
          return tokenId < 128;
        };
    GenerationConfig config = GenerationConfig.builder().stopStrings("b健康").build();
    GenerationResult result = run(config, session, List.of("A:"), listener).get(0);
    assertEquals("a", result.text());
    assertEquals("a", heard.toString());
    assertEquals(3, result.newTokens());
  }

  @Test
  void aTokenThatEndsTheSequenceAnywayCannotCancelIt() {
    FakeSession session = script(Map.of("A:", ""));
    GenerationResult result =
        run(GenerationConfig.greedy(), session, List.of("A:"), (sequence, id, piece) -> false)
            .get(0);
    assertEquals(FinishReason.END_OF_SEQUENCE, result.finishReason());
  }

  @Test
  void anExceptionOfTheListenerClosesTheSessionAndComesOutUnchanged() {
    FakeSession session = script(Map.of("A:", "text"));
    IllegalStateException thrown = new IllegalStateException("the client hung up");
    TokenListener listener =
        (sequence, tokenId, piece) -> {
          throw thrown;
        };
    assertSame(
        thrown,
        assertThrows(
            IllegalStateException.class,
            () -> run(GenerationConfig.greedy(), session, List.of("A:"), listener)));
    assertEquals(1, session.closes);
  }

  @Test
  void logitsOfNanCloseTheSession() {
    FakeSession session = new FakeSession(ids -> new float[] {Float.NaN, Float.NaN});
    assertThrows(
        LoraException.class,
        () -> run(GenerationConfig.greedy(), session, List.of("A:"), TokenListener.silent()));
    assertEquals(1, session.closes);
  }

  @Test
  void noPromptsNeedNoSession() {
    GenerationLoop loop = new GenerationLoop(tokenizer, GenerationConfig.greedy());
    assertEquals(
        List.of(),
        loop.run(
            List.of(),
            () -> {
              throw new AssertionError("opened");
            },
            TokenListener.silent()));
  }

  @Test
  void anEmptyPromptBeginsWithTheBeginningOfSequence() {
    GenerationConfig config = GenerationConfig.builder().addSpecialTokens(false).build();
    FakeSession session =
        FakeSession.sayingNext(
            ByteTokenizer.VOCABULARY,
            ids -> ids.equals(List.of(ByteTokenizer.BEGIN)) ? 'x' : ByteTokenizer.END);
    GenerationResult result = run(config, session, List.of(""), TokenListener.silent()).get(0);
    assertEquals("x", result.text());
    assertEquals(1, result.promptTokens());
  }

  @Test
  void anEmptyPromptWithoutABeginningIsRefused() {
    GenerationLoop loop =
        new GenerationLoop(new ByteTokenizer(OptionalInt.empty()), GenerationConfig.greedy());
    FakeSession session = script(Map.of());
    ConfigurationException thrown =
        assertThrows(
            ConfigurationException.class,
            () -> loop.run(List.of("A:", ""), () -> session, TokenListener.silent()));
    assertEquals(
        "generate: prompt 1 is empty and the tokenizer names no beginning-of-sequence token to"
            + " start from; give it some text",
        thrown.getMessage());
    assertEquals(0, session.prefills);
  }

  @Test
  void theModelsLengthEndsASequence() {
    FakeSession session = script(Map.of("A:", "abcdefgh"));
    session.maxLength = 8;
    GenerationResult result =
        run(GenerationConfig.greedy(), session, List.of("A:"), TokenListener.silent()).get(0);
    assertEquals("abcde", result.text());
    assertEquals(FinishReason.LENGTH, result.finishReason());
  }

  @Test
  void aPromptAsLongAsTheModelTakesIsRefused() {
    FakeSession session = script(Map.of());
    session.maxLength = 4;
    ConfigurationException thrown =
        assertThrows(
            ConfigurationException.class,
            () ->
                run(
                    GenerationConfig.greedy(),
                    session,
                    List.of("A:", "ABC"),
                    TokenListener.silent()));
    assertEquals(
        "generate: prompt 1 has 4 tokens, but the model takes at most 4, one new token counted;"
            + " shorten it",
        thrown.getMessage());
    assertEquals(List.of(0, 1), List.of(session.prefills, session.closes));
  }

  @Test
  void theEndOfSequenceIsIgnoredReplacedOrPutOff() {
    List<String> prompts = List.of("A:");
    GenerationConfig ignoring =
        GenerationConfig.builder().maxNewTokens(7).ignoreEndOfSequence(true).build();
    GenerationResult ignored = run(ignoring, ending(), prompts, TokenListener.silent()).get(0);
    assertEquals(FinishReason.LENGTH, ignored.finishReason());
    assertEquals(7, ignored.newTokens());
    assertEquals("", ignored.text());

    GenerationConfig replacing = GenerationConfig.builder().endOfSequenceIds('t', 'y').build();
    GenerationResult replaced =
        run(replacing, script(Map.of("A:", "a text")), prompts, TokenListener.silent()).get(0);
    assertEquals(FinishReason.END_OF_SEQUENCE, replaced.finishReason());
    assertEquals("a t", replaced.text());

    GenerationConfig puttingOff =
        GenerationConfig.builder().minNewTokens(3).maxNewTokens(9).build();
    GenerationResult late = run(puttingOff, ending(), prompts, TokenListener.silent()).get(0);
    assertEquals(FinishReason.END_OF_SEQUENCE, late.finishReason());
    assertEquals(4, late.newTokens());
  }

  @Test
  void aSampleDoesNotDependOnItsNeighbours() {
    GenerationConfig config = sampling(11);
    List<String> texts = texts(config, List.of("first", "2nd", "the third"));
    assertEquals(texts.get(0), texts(config, List.of("first")).get(0));
    assertEquals(
        texts.get(2), texts(config, List.of("other", "and another one", "the third")).get(2));
  }

  @Test
  void samplesRepeatWithTheirSeedAndDifferWithinABatch() {
    List<String> prompts = List.of("same", "same", "same");
    List<String> texts = texts(sampling(1), prompts);
    assertEquals(texts, texts(sampling(1), prompts));
    assertNotEquals(texts, texts(sampling(2), prompts));
    assertEquals(3, texts.stream().distinct().count());
  }

  @Test
  void samplingAfterTopKOfOneIsGreedy() {
    GenerationConfig greedy = GenerationConfig.builder().maxNewTokens(40).build();
    GenerationConfig topOne = GenerationConfig.builder().maxNewTokens(40).topK(1).build();
    List<String> prompts = List.of("one", "another");
    assertEquals(texts(greedy, prompts), texts(topOne, prompts));
  }

  @Test
  void aRealTokenizerGivesBackTheAnswer() {
    try (LlmTokenizer real = JsonTokenizer.byteLevel()) {
      String answer = " 保持健康的三个提示:\n1. 早睡 😀\n2. Eat well.";
      List<Integer> answerIds = Arrays.stream(real.encode(answer, false)).boxed().toList();
      int promptTokens = real.encode("Human: tips?\n\nAssistant:", true).length;
      FakeSession session =
          FakeSession.sayingNext(
              2048,
              ids ->
                  ids.size() - promptTokens < answerIds.size()
                      ? answerIds.get(ids.size() - promptTokens)
                      : 2);
      StringBuilder heard = new StringBuilder();
      GenerationResult result =
          new GenerationLoop(real, GenerationConfig.greedy())
              .run(
                  List.of("Human: tips?\n\nAssistant:"),
                  () -> session,
                  TokenListener.ofText(heard::append))
              .get(0);
      assertEquals(answer, result.text());
      assertEquals(answer, heard.toString());
      assertEquals(FinishReason.END_OF_SEQUENCE, result.finishReason());
      assertTrue(result.tokensPerSecond() > 0);
    }
  }

  private List<GenerationResult> run(
      GenerationConfig config, FakeSession session, List<String> prompts, TokenListener listener) {
    return new GenerationLoop(tokenizer, config).run(prompts, () -> session, listener);
  }

  private List<String> texts(GenerationConfig config, List<String> prompts) {
    return run(config, markov(), prompts, TokenListener.silent()).stream()
        .map(GenerationResult::text)
        .toList();
  }

  private static GenerationConfig sampling(long seed) {
    return GenerationConfig.builder()
        .maxNewTokens(40)
        .temperature(0.9f)
        .topK(100)
        .topP(0.95f)
        .seed(seed)
        .build();
  }

  /** Answers each prompt, which begins with the beginning-of-sequence token, then ends. */
  private static FakeSession script(Map<String, String> answers) {
    return FakeSession.sayingNext(ByteTokenizer.VOCABULARY, ids -> nextOf(answers, ids));
  }

  private static int nextOf(Map<String, String> answers, List<Integer> ids) {
    for (Map.Entry<String, String> answer : answers.entrySet()) {
      int[] prompt = ByteTokenizer.bytes(answer.getKey());
      int[] reply = ByteTokenizer.bytes(answer.getValue());
      List<Integer> begin = Arrays.stream(prompt).boxed().toList();
      int done = ids.size() - 1 - prompt.length;
      if (done >= 0 && ids.subList(1, 1 + prompt.length).equals(begin)) {
        return done < reply.length ? reply[done] : ByteTokenizer.END;
      }
    }
    throw new IllegalArgumentException("no answer to " + ids);
  }

  /** Letters, each with a distribution that depends on the two before it. */
  private static FakeSession markov() {
    return new FakeSession(
        ids -> {
          float[] logits = new float[ByteTokenizer.VOCABULARY];
          Arrays.fill(logits, -20);
          int last = ids.get(ids.size() - 1);
          int before = ids.get(ids.size() - 2);
          SplittableRandom random = new SplittableRandom(1000L * last + before);
          for (int letter = 'a'; letter <= 'z'; letter++) {
            logits[letter] = 4 * (float) random.nextDouble();
          }
          return logits;
        });
  }

  /** Says nothing but the end of the sequence. */
  private static FakeSession ending() {
    return FakeSession.sayingNext(ByteTokenizer.VOCABULARY, ids -> ByteTokenizer.END);
  }
}
