// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.serve;

import static io.github.lora4j.djl.serve.FakeServer.alone;
import static io.github.lora4j.djl.serve.FakeServer.await;
import static io.github.lora4j.djl.serve.FakeServer.failure;
import static io.github.lora4j.djl.serve.FakeServer.request;
import static io.github.lora4j.djl.serve.FakeServer.until;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.AdapterException;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.LoraException;
import io.github.lora4j.generate.FinishReason;
import io.github.lora4j.generate.GenerationConfig;
import io.github.lora4j.serve.GeneratedToken;
import io.github.lora4j.serve.GenerationRequest;
import io.github.lora4j.serve.GenerationRequestBuilder;
import io.github.lora4j.serve.LoraServerBuilder;
import io.github.lora4j.serve.RequestRejectedException;
import io.github.lora4j.serve.RequestRejectedException.Reason;
import io.github.lora4j.serve.ServedGeneration;
import io.github.lora4j.serve.ServedResult;
import io.github.lora4j.serve.ServerListener;
import io.github.lora4j.serve.ServerStatistics;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a server promises, over a model that is a function. */
@Timeout(60)
class BatchingServerTest {
  private static UnaryOperator<LoraServerBuilder> defaults() {
    return builder -> builder;
  }

  @Test
  void everyRequestGetsWhatItWouldGetAloneHoweverLittleRoomThereIs() {
    Random random = new Random(1);
    try (FakeServer fake =
        new FakeServer(60, b -> b.maxSequences(12).maxBatchTokens(20).prefillChunk(7))) {
      List<GenerationRequest> requests = new ArrayList<>();
      List<String> prompts = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        String prompt = "p" + i + "x".repeat(random.nextInt(60));
        GenerationRequestBuilder request = request(prompt, 1 + random.nextInt(60));
        if (random.nextInt(5) > 0) {
          request.adapter("a" + random.nextInt(FakeServer.ADAPTERS));
        }
        prompts.add(prompt);
        requests.add(request.build());
      }
      List<ServedGeneration> answers = requests.stream().map(fake.server::submit).toList();
      for (int i = 0; i < answers.size(); i++) {
        assertEquals(
            alone(requests.get(i), prompts.get(i)), await(answers.get(i)).result().tokenIds());
      }
      ServerStatistics statistics = fake.server.statistics();
      assertTrue(statistics.requests().preemptions() > 0, "the pool was small");
      assertTrue(statistics.adapters().evictions() > 0, "the pool was small");
      assertEquals(200, statistics.requests().finished());
      assertEquals(
          requests.stream().filter(r -> r.adapter().isPresent()).count(),
          statistics.adapters().hits() + statistics.adapters().misses());
      assertTrue(fake.decoder.mostRows <= 20, "found a step of " + fake.decoder.mostRows);
      assertTrue(fake.decoder.widestStep <= 12 && fake.decoder.widestStep > 4);
    }
  }

  @Test
  void tokensComeAsTheyAreMadeAndAreTheText() {
    try (FakeServer fake = new FakeServer(100, defaults())) {
      fake.hold();
      ServedGeneration answer = fake.submit(request("hello", 8));
      fake.steps(1);
      try (Stream<GeneratedToken> tokens = answer.tokens()) {
        var arriving = tokens.iterator();
        List<GeneratedToken> heard = new ArrayList<>(List.of(arriving.next()));
        assertTrue(!answer.result().isDone());
        fake.letGo();
        arriving.forEachRemaining(heard::add);
        ServedResult result = await(answer);
        assertEquals(result.tokens(), heard);
        assertEquals(result.text(), text(heard));
        assertEquals("hello", result.result().prompt());
        assertEquals(FinishReason.LENGTH, result.result().finishReason());
        assertTrue(result.timeToFirstToken().orElseThrow().compareTo(result.queued()) >= 0);
      }
      assertThrows(IllegalStateException.class, answer::tokens);
    }
  }

  private static String text(List<GeneratedToken> tokens) {
    return tokens.stream().map(GeneratedToken::piece).collect(Collectors.joining());
  }

  @Test
  void whoSendsMuchDoesNotHoldUpWhoSendsLittle() {
    List<String> started = Collections.synchronizedList(new ArrayList<>());
    ServerListener listener =
        new ServerListener() {
          @Override
          public void started(Optional<String> adapter, Duration waited) {
            started.add(adapter.orElse(""));
          }
        };
    try (FakeServer fake = new FakeServer(200, b -> b.maxSequences(1).listener(listener))) {
      fake.hold();
      List<ServedGeneration> answers = new ArrayList<>();
      for (int i = 0; i < 30; i++) {
        answers.add(fake.submit(request("noisy" + i, 10).adapter("a1")));
      }
      for (int i = 0; i < 4; i++) {
        answers.add(fake.submit(request("quiet" + i, 10).adapter("a2")));
        answers.add(fake.submit(request("other" + i, 10)));
      }
      fake.letGo();
      answers.forEach(FakeServer::await);
      for (String tenant : List.of("a2", "")) {
        int last = started.lastIndexOf(tenant);
        assertTrue(last <= 15, "the last of \"%s\" came as number %d".formatted(tenant, last));
      }
    }
  }

  @Test
  void whatDoesNotFitIntoTheQueuesIsRejected() {
    try (FakeServer fake =
        new FakeServer(100, b -> b.maxSequences(1).maxQueued(5).maxQueuedPerAdapter(3))) {
      fake.hold();
      ServedGeneration running = fake.submit(request("first", 5));
      until(() -> fake.server.statistics().requests().queued() == 0, "the first one starts");
      List<ServedGeneration> waiting = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        waiting.add(fake.submit(request("wait", 5).adapter("a1")));
      }
      assertRejected(Reason.ADAPTER_QUEUE_FULL, fake, request("more", 5).adapter("a1"));
      waiting.add(fake.submit(request("wait", 5)));
      waiting.add(fake.submit(request("wait", 5)));
      assertRejected(Reason.QUEUE_FULL, fake, request("more", 5).adapter("a2"));
      fake.letGo();
      await(running);
      waiting.forEach(FakeServer::await);
      fake.submit(request("again", 5)).result().join();
      fake.server.close();
      assertRejected(Reason.CLOSED, fake, request("late", 5));
      assertEquals(3, fake.server.statistics().requests().rejected());
    }
  }

  private static void assertRejected(
      Reason reason, FakeServer fake, GenerationRequestBuilder request) {
    assertEquals(
        reason, assertThrows(RequestRejectedException.class, () -> fake.submit(request)).reason());
  }

  @Test
  void aDeadlineEndsWhoRunsAndWhoWaits() {
    try (FakeServer fake = new FakeServer(100, b -> b.maxSequences(1))) {
      fake.hold();
      ServedGeneration running = fake.submit(request("run", 50).timeLimit(Duration.ofMillis(300)));
      ServedGeneration waiting = fake.submit(request("wait", 50).timeLimit(Duration.ofMillis(1)));
      fake.steps(3);
      until(() -> fake.decoder.permits.orElseThrow().availablePermits() == 0, "three steps");
      sleep(Duration.ofMillis(350));
      fake.letGo();
      ServedResult ran = await(running);
      assertEquals(FinishReason.DEADLINE, ran.result().finishReason());
      assertTrue(ran.tokens().size() >= 3 && ran.tokens().size() < 50);
      assertEquals(text(ran.tokens()), ran.text());
      ServedResult waited = await(waiting);
      assertEquals(FinishReason.DEADLINE, waited.result().finishReason());
      assertEquals(List.of(), waited.tokens());
      assertEquals(Optional.empty(), waited.timeToFirstToken());
    }
  }

  private static void sleep(Duration duration) {
    try {
      Thread.sleep(duration.toMillis());
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void aClientMayCancelInAnyWayAtAnyTime() {
    try (FakeServer fake = new FakeServer(100, b -> b.maxSequences(3))) {
      fake.hold();
      ServedGeneration byCall = fake.submit(request("one", 300));
      ServedGeneration byStream = fake.submit(request("two", 300));
      ServedGeneration byFuture = fake.submit(request("three", 300));
      ServedGeneration waiting = fake.submit(request("four", 300));
      waiting.cancel();
      fake.steps(3);
      try (Stream<GeneratedToken> tokens = byStream.tokens()) {
        assertTrue(tokens.findFirst().isPresent());
      }
      byCall.cancel();
      byFuture.result().cancel(true);
      fake.letGo();
      for (ServedGeneration cancelled : List.of(byCall, byStream, waiting)) {
        assertEquals(FinishReason.CANCELLED, await(cancelled).result().finishReason());
      }
      until(() -> fake.server.statistics().requests().running() == 0, "all left the batch");
      waiting.cancel();
      assertEquals(4, fake.server.statistics().requests().finished());
    }
  }

  @Test
  void aRemovedAdapterIsFinishedByWhoRunsAndFailsWhoWaits() {
    try (FakeServer fake = new FakeServer(100, b -> b.maxSequences(1))) {
      fake.hold();
      GenerationRequestBuilder request = request("under", 20).adapter("a1");
      ServedGeneration running = fake.submit(request);
      until(() -> fake.server.statistics().requests().queued() == 0, "the first one starts");
      ServedGeneration waiting = fake.submit(request);
      fake.server.removeAdapter("a1");
      assertThrows(AdapterException.class, () -> fake.submit(request));
      assertTrue(!fake.server.adapters().contains("a1"));
      fake.server.addAdapter("a1", Path.of("other"));
      ServedGeneration renewed = fake.submit(request);
      fake.letGo();
      assertEquals(alone(request.build(), "under"), await(running).result().tokenIds());
      assertInstanceOf(AdapterException.class, failure(waiting));
      assertEquals(
          alone(request("under", 20).adapter("other").build(), "under"),
          await(renewed).result().tokenIds());
      assertThrows(
          ConfigurationException.class, () -> fake.server.addAdapter("a1", Path.of("third")));
      assertThrows(AdapterException.class, () -> fake.server.removeAdapter("nobody"));
    }
  }

  @Test
  void aDamagedAdapterFailsItsOwnRequestsAlone() {
    try (FakeServer fake = new FakeServer(100, b -> b.maxSequences(2))) {
      fake.adapters.damaged.add("a3");
      fake.hold();
      List<ServedGeneration> bad = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        bad.add(fake.submit(request("bad", 5).adapter("a3")));
      }
      ServedGeneration good = fake.submit(request("good", 5).adapter("a4"));
      fake.letGo();
      await(good);
      for (ServedGeneration failed : bad) {
        assertInstanceOf(AdapterException.class, failure(failed));
        assertThrows(AdapterException.class, () -> failed.tokens().toList());
      }
      assertThrows(AdapterException.class, () -> fake.server.addAdapter("new", Path.of("a3")));
      fake.adapters.damaged.clear();
      fake.adapters.unreadable.add("a3");
      assertInstanceOf(
          AdapterException.class, failure(fake.submit(request("bad", 5).adapter("a3"))));
      fake.adapters.unreadable.clear();
      await(fake.submit(request("repaired", 5).adapter("a3")));
    }
  }

  @Test
  void aStepThatFailsFailsWhoIsToBlame() {
    try (FakeServer fake = new FakeServer(100, defaults())) {
      fake.decoder.hook =
          rows -> {
            if (rows.sequences().stream().anyMatch(s -> s.tokenIds()[0] == '!')) {
              throw new IllegalStateException("poison");
            }
          };
      fake.hold();
      GenerationConfig config =
          GenerationConfig.builder().maxNewTokens(20).addSpecialTokens(false).build();
      List<ServedGeneration> good = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        good.add(fake.submit(request("good" + i, 20)));
      }
      ServedGeneration bad = fake.submit(GenerationRequest.builder("!").config(config));
      fake.letGo();
      Throwable cause = failure(bad);
      assertInstanceOf(LoraException.class, cause);
      assertTrue(String.valueOf(cause.getMessage()).contains("poison"));
      for (int i = 0; i < good.size(); i++) {
        assertEquals(
            alone(request("good" + i, 20).build(), "good" + i),
            await(good.get(i)).result().tokenIds());
      }
    }
  }

  @Test
  void anErrorStopsTheServerAndEverybodyIsTold() {
    try (FakeServer fake = new FakeServer(100, b -> b.maxSequences(1))) {
      fake.decoder.hook =
          rows -> {
            throw new OutOfMemoryError("of the test");
          };
      fake.hold();
      ServedGeneration running = fake.submit(request("one", 5));
      ServedGeneration waiting = fake.submit(request("two", 5));
      fake.letGo();
      assertInstanceOf(LoraException.class, failure(running));
      assertInstanceOf(LoraException.class, failure(waiting));
      until(() -> fake.decoder.closed, "the decoder is closed");
      assertRejected(Reason.CLOSED, fake, request("late", 5));
    }
  }

  @Test
  void closingLetsRequestsFinish() {
    List<ServedGeneration> answers = new ArrayList<>();
    try (FakeServer fake = new FakeServer(100, b -> b.maxSequences(2))) {
      for (int i = 0; i < 20; i++) {
        answers.add(fake.submit(request("drain" + i, 10).adapter("a" + i)));
      }
    }
    for (ServedGeneration answer : answers) {
      assertTrue(answer.result().isDone());
      assertTrue(await(answer).result().finishReason() != FinishReason.CANCELLED);
    }
  }

  @Test
  void closingWithoutTimeCancels() {
    List<ServedGeneration> answers = new ArrayList<>();
    try (FakeServer fake =
        new FakeServer(100, b -> b.maxSequences(2).drainTimeout(Duration.ZERO))) {
      fake.decoder.hook = rows -> sleep(Duration.ofMillis(2));
      GenerationConfig endless =
          GenerationConfig.builder().maxNewTokens(300).ignoreEndOfSequence(true).build();
      for (int i = 0; i < 20; i++) {
        answers.add(fake.submit(GenerationRequest.builder("cancel" + i).config(endless)));
      }
    }
    for (ServedGeneration answer : answers) {
      assertTrue(answer.result().isDone());
      assertEquals(FinishReason.CANCELLED, await(answer).result().finishReason());
    }
  }

  @Test
  void whatCanNeverFitIsRefused() {
    try (FakeServer fake = new FakeServer(20, defaults())) {
      fake.adapters.sizes.put("a1", 21);
      fake.adapters.sizes.put("a2", 18);
      assertThrows(ConfigurationException.class, () -> fake.submit(request("long", 80)));
      assertThrows(ConfigurationException.class, () -> fake.submit(request("x".repeat(500), 1)));
      assertInstanceOf(
          AdapterException.class, failure(fake.submit(request("short", 5).adapter("a1"))));
      assertInstanceOf(
          ConfigurationException.class, failure(fake.submit(request("grows", 40).adapter("a2"))));
      await(fake.submit(request("fits", 40)));
    }
  }

  @Test
  void anAdapterThatNeedsRoomIsNotPassedByForever() {
    try (FakeServer fake = new FakeServer(24, b -> b.maxSequences(4))) {
      fake.adapters.sizes.put("a9", 12);
      fake.hold();
      List<ServedGeneration> crowd = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        crowd.add(fake.submit(request("c" + i, 12).adapter("a" + i % 4)));
      }
      ServedGeneration large = fake.submit(request("large", 5).adapter("a9"));
      fake.letGo();
      await(large);
      long left = crowd.stream().filter(answer -> !answer.result().isDone()).count();
      assertTrue(left > 100, "it came after all but " + left);
      crowd.forEach(FakeServer::await);
    }
  }

  @Test
  void whatPromptsHaveInCommonIsComputedOnce() {
    String common = "You are a helpful assistant. ";
    for (boolean sharing : List.of(true, false)) {
      try (FakeServer fake = new FakeServer(100, b -> b.prefixSharing(sharing))) {
        for (String adapter : List.of("a1", "a2")) {
          for (int i = 0; i < 3; i++) {
            GenerationRequestBuilder request = request(common + i, 10).adapter(adapter);
            assertEquals(
                alone(request.build(), common + i),
                await(fake.submit(request)).result().tokenIds());
          }
        }
        ServerStatistics statistics = fake.server.statistics();
        assertEquals(sharing ? 2 * 2 * 28 : 0, statistics.tokens().sharedPrefix());
        assertEquals(6 * 31 - (sharing ? 2 * 2 * 28 : 0), statistics.tokens().prefilled());
        assertEquals(sharing, statistics.pool().shared() > 0);
      }
    }
  }

  @Test
  void probabilitiesAreToldToWhoAsks() {
    try (FakeServer fake = new FakeServer(100, defaults())) {
      ServedResult result = await(fake.submit(request("how likely", 3).topLogprobs(2)));
      double denominator = Math.log(Math.exp(20) + 257);
      for (GeneratedToken token : result.tokens()) {
        assertEquals(20 - denominator, token.logprob().orElseThrow(), 1e-6);
        assertEquals(2, token.top().size());
        assertEquals(token.id(), token.top().get(0).id());
        assertEquals(-denominator, token.top().get(1).logprob(), 1e-6);
      }
      GeneratedToken untold = await(fake.submit(request("no", 1))).tokens().get(0);
      assertTrue(untold.logprob().isEmpty() && untold.top().isEmpty());
    }
  }

  @Test
  void aListenerThatThrowsDisturbsNobody() {
    ServerListener listener =
        new ServerListener() {
          @Override
          public void firstToken(Optional<String> adapter, Duration sinceSubmission) {
            throw new IllegalStateException("of the test");
          }
        };
    try (FakeServer fake = new FakeServer(100, b -> b.listener(listener))) {
      assertEquals(
          FinishReason.LENGTH, await(fake.submit(request("go", 2))).result().finishReason());
    }
  }
}
