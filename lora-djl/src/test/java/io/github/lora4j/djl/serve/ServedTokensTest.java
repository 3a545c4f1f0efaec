// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.AdapterException;
import io.github.lora4j.CausalLm;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.HuggingFaceModel;
import io.github.lora4j.LoraModel;
import io.github.lora4j.generate.GenerationConfig;
import io.github.lora4j.serve.AdapterSource;
import io.github.lora4j.serve.GenerationRequest;
import io.github.lora4j.serve.GenerationRequestBuilder;
import io.github.lora4j.serve.LoraServer;
import io.github.lora4j.serve.LoraServerBuilder;
import io.github.lora4j.serve.Prompt;
import io.github.lora4j.serve.ServedGeneration;
import io.github.lora4j.serve.ServerStatistics;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What many requests get together is, token for token, what each gets alone. */
class ServedTokensTest {
  private static final Path LLAMA = Path.of("src/test/resources/golden/models/llama");
  private static final Path ADAPTERS = LLAMA.resolve("adapters");
  private static final int REQUESTS = 200;
  private static final int VOCABULARY = 131;

  /** A request, and what it gets alone. */
  private record Expected(GenerationRequest request, List<Integer> tokens) {}

  @TempDir static Path root;
  private static CausalLm base;
  private static List<Expected> expected;

  @BeforeAll
  static void generateAlone() {
    base = HuggingFaceModel.load(LLAMA);
    List<String> names = new ArrayList<>(ServedAdapters.write(base, root, 50));
    names.add("");
    Random random = new Random(5);
    Map<String, List<int[]>> prompts = new TreeMap<>();
    for (int i = 0; i < REQUESTS; i++) {
      prompts
          .computeIfAbsent(names.get(i % names.size()), name -> new ArrayList<>())
          .add(prompt(random));
    }
    expected = new ArrayList<>();
    prompts.forEach((name, own) -> expected.addAll(alone(name, own, random)));
    Collections.shuffle(expected, random);
  }

  /** Some begin alike. */
  private static int[] prompt(Random random) {
    int[] prompt = random.ints(1 + random.nextInt(40), 4, VOCABULARY).toArray();
    for (int i = 0; i < Math.min(prompt.length - 1, random.nextInt(30)); i++) {
      prompt[i] = 10 + i;
    }
    return prompt;
  }

  private static List<Expected> alone(String adapter, List<int[]> prompts, Random random) {
    if (adapter.isEmpty()) {
      return alone(base, adapter, prompts, random);
    }
    try (LoraModel model = LoraModel.load(base, root.resolve(adapter))) {
      return alone(model, adapter, prompts, random);
    }
  }

  private static List<Expected> alone(
      CausalLm model, String adapter, List<int[]> prompts, Random random) {
    List<Expected> all = new ArrayList<>();
    for (int[] prompt : prompts) {
      GenerationRequestBuilder request =
          GenerationRequest.builder(Prompt.tokens(prompt))
              .config(GenerationConfig.builder().maxNewTokens(1 + random.nextInt(24)).build());
      if (!adapter.isEmpty()) {
        request.adapter(adapter);
      }
      int[] tokens = model.generateTokens(List.of(prompt), request.build().config()).get(0);
      all.add(new Expected(request.build(), IntStream.of(tokens).boxed().toList()));
    }
    return all;
  }

  @AfterAll
  static void close() {
    base.close();
  }

  private static LoraServerBuilder builder() {
    return LoraServer.builder(base)
        .adapters(AdapterSource.directory(root))
        .pageTokens(4)
        .poolBytes(8 << 20);
  }

  @Test
  void theAdaptersSayDifferentThings() {
    assertNotEquals(1, new HashSet<>(expected.stream().map(Expected::tokens).toList()).size());
    assertTrue(
        expected.stream().mapToLong(e -> e.tokens().stream().distinct().count()).max().orElse(0)
            > 8);
  }

  @ParameterizedTest
  @CsvSource({
    "8388608, true, 64, 256", // room for all adapters
    "8388608, false, 7, 16", // prompts in small pieces
    "1048576, true, 64, 64", // room for some adapters
    "1048576, false, 5, 32",
  })
  void togetherIsAsAlone(long poolBytes, boolean sharing, int chunk, int batchTokens) {
    ServerStatistics statistics =
        serve(
            expected,
            builder()
                .poolBytes(poolBytes)
                .prefixSharing(sharing)
                .prefillChunk(chunk)
                .maxSequences(16)
                .maxBatchTokens(batchTokens));
    assertEquals(poolBytes < 8 << 20, statistics.adapters().evictions() > 0);
    assertEquals(sharing, statistics.tokens().sharedPrefix() > 0);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whoGivesPagesBackGoesOnAsIfNothingHadHappened(boolean sharing) {
    List<Expected> small =
        expected.stream()
            .filter(e -> e.request().config().maxNewTokens() > 9)
            .filter(e -> e.request().adapter().map(ServedAdapters::isOfLeastRank).orElse(true))
            .flatMap(e -> Stream.of(e, e, e))
            .toList();
    LoraServerBuilder builder = builder().poolBytes(256 << 10).prefixSharing(sharing);
    ServerStatistics statistics = serve(small, builder);
    assertTrue(statistics.requests().preemptions() > 0, statistics.toString());
  }

  private static ServerStatistics serve(List<Expected> requests, LoraServerBuilder builder) {
    long arrays = ManagedArrays.count(base.getNDManager());
    LoraServer server = builder.start();
    try (server) {
      List<ServedGeneration> answers =
          requests.stream().map(e -> server.submit(e.request())).toList();
      for (int i = 0; i < answers.size(); i++) {
        assertEquals(
            requests.get(i).tokens(),
            answers.get(i).result().join().result().tokenIds(),
            requests.get(i).request()::toString);
      }
      assertTrue(ManagedArrays.count(base.getNDManager()) > arrays, "arrays are seen");
    }
    ServerStatistics statistics = server.statistics();
    assertEquals(requests.size(), statistics.requests().finished());
    assertEquals(0, statistics.pool().keyValues(), "pages of requests");
    assertEquals(arrays, ManagedArrays.count(base.getNDManager()), "arrays left");
    return statistics;
  }

  @Test
  void whatIsNotServedIsRefusedByNameAndReason() {
    try (LoraServer server = builder().start()) {
      for (String kind : List.of("dora", "modules_to_save", "pissa")) {
        String message =
            assertThrows(
                    AdapterException.class, () -> server.addAdapter(kind, ADAPTERS.resolve(kind)))
                .getMessage();
        assertTrue(message.contains(kind), message);
        assertThrows(AdapterException.class, () -> submit(server, kind));
      }
      server.addAdapter("plain", ADAPTERS.resolve("all-linear"));
      assertEquals(4, submit(server, "plain").result().join().tokens().size());
      assertThrows(
          ConfigurationException.class,
          () -> server.submit(GenerationRequest.builder(Prompt.tokens(VOCABULARY)).build()));
      assertThrows(
          ConfigurationException.class,
          () -> server.submit(GenerationRequest.builder(Prompt.tokens(new int[64])).build()));
    }
  }

  private static ServedGeneration submit(LoraServer server, String adapter) {
    return server.submit(
        GenerationRequest.builder(Prompt.tokens(5, 6, 7))
            .adapter(adapter)
            .config(GenerationConfig.builder().maxNewTokens(4).ignoreEndOfSequence(true).build())
            .build());
  }

  @Test
  void aBaseIsLentToOneServerAndGivenBack() {
    try (LoraServer server = builder().start()) {
      assertTrue(server.adapters().contains("adapter7"));
      assertThrows(ConfigurationException.class, () -> builder().start());
    }
    try (LoraModel model = LoraModel.load(base, root.resolve("adapter7"))) {
      assertThrows(ConfigurationException.class, () -> builder().start());
      assertThrows(ConfigurationException.class, () -> LoraServer.builder(model).start());
    }
    assertThrows(ConfigurationException.class, () -> builder().poolBytes(1).start());
    builder().start().close();
  }
}
