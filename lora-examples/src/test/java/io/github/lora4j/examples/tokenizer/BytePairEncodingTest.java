// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.data.LlmTokenizer;
import io.github.lora4j.djl.text.HuggingFaceLlmTokenizer;
import io.github.lora4j.examples.corpus.Corpus;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BytePairEncodingTest {
  private static BytePairEncoding encoding;
  private static LlmTokenizer tokenizer;

  @BeforeAll
  static void train(@TempDir Path directory) {
    encoding = BytePairEncoding.train(texts(1).limit(4000), 600, 20);
    TokenizerFiles.write(directory, encoding);
    tokenizer = HuggingFaceLlmTokenizer.open(directory);
  }

  @AfterAll
  static void close() {
    tokenizer.close();
  }

  private static Stream<String> texts(long seed) {
    return Corpus.texts(seed).flatMap(text -> Stream.of(text.prompt(), text.completion()));
  }

  @Test
  void everyTextOfTheCorpusComesBack() {
    texts(2)
        .limit(2000)
        .forEach(text -> assertEquals(text, tokenizer.decode(tokenizer.encode(text, true), true)));
  }

  @Test
  void everyTextOfTheCorpusIsEncodedAsTheTrainerWould() {
    ReferenceEncoder reference = new ReferenceEncoder(encoding);
    texts(3)
        .limit(1000)
        .forEach(
            text -> assertArrayEquals(reference.encode(text), tokenizer.encode(text, true), text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "  two  spaces\n\n and\tmore \n ",
        "don't we'll I'm 3½ ² ٣٤",
        "中文,标点。空 格 混合mixed文字123",
        " 汉字 前后 的 空格 ",
        "😀👩‍👩‍👧 emoji 🇨🇳",
        "naïve café Ünïcödé \u00a0 \u3000全角",
        "日本語のテキストと한국어",
        "{\"name\": \"小明\", \"count\": 3}"
      })
  void anyTextComesBackEncodedAsTheTrainerWould(String text) {
    int[] ids = tokenizer.encode(text, true);
    assertArrayEquals(new ReferenceEncoder(encoding).encode(text), ids);
    assertEquals(text, tokenizer.decode(ids, true));
  }

  @Test
  void eachTokenOccursOnceAndEachByteIsOne() {
    List<String> tokens = encoding.tokens();
    assertEquals(tokens.size(), new HashSet<>(tokens).size());
    assertTrue(tokens.containsAll(ByteAlphabet.all()));
    assertEquals(256, ByteAlphabet.all().size());
  }

  @Test
  void specialTokensHaveTheFirstIds() {
    assertEquals(1, tokenizer.beginOfSequence().orElseThrow());
    assertEquals(2, tokenizer.endOfSequence().orElseThrow());
    assertEquals(3, tokenizer.padding());
  }

  @Test
  void theMostFrequentPairIsMergedFirstAndTiesGoToTheFirstInOrder() {
    BytePairEncoding small =
        BytePairEncoding.train(Stream.of("abab", "cd", "cd", "ef", "ef"), 262, 2);
    assertEquals(
        List.of(new BytePairEncoding.Merge("a", "b"), new BytePairEncoding.Merge("c", "d")),
        small.merges());
  }

  @Test
  void pairsThatAreTooRareAreNotMerged() {
    assertEquals(List.of(), BytePairEncoding.train(Stream.of("ab"), 1000, 2).merges());
  }

  @Test
  void sameTextsGiveTheSameEncoding() {
    assertEquals(encoding, BytePairEncoding.train(texts(1).limit(4000), 600, 20));
  }
}
