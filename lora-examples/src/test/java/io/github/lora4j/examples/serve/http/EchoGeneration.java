// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.serve.http;

import io.github.lora4j.LoraException;
import io.github.lora4j.generate.FinishReason;
import io.github.lora4j.generate.GenerationResult;
import io.github.lora4j.serve.GeneratedToken;
import io.github.lora4j.serve.GenerationRequest;
import io.github.lora4j.serve.ServedGeneration;
import io.github.lora4j.serve.ServedResult;
import io.github.lora4j.serve.TokenLogprob;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/** One answer of the {@link EchoServer}. A prompt with {@code FAIL@n} fails at the n-th token. */
final class EchoGeneration implements ServedGeneration {
  private final EchoServer server;
  private final GenerationRequest request;
  private final String prompt;
  private final String answer;
  private final BlockingQueue<Optional<GeneratedToken>> tokens = new LinkedBlockingQueue<>();
  private final CompletableFuture<ServedResult> result = new CompletableFuture<>();
  private volatile boolean cancelled;

  EchoGeneration(EchoServer server, GenerationRequest request, String prompt, String answer) {
    this.server = server;
    this.request = request;
    this.prompt = prompt;
    this.answer = answer;
  }

  void run() {
    StringBuilder text = new StringBuilder();
    List<GeneratedToken> told = new ArrayList<>();
    long deadline = System.nanoTime() + request.timeLimit().orElseThrow().toNanos();
    FinishReason reason = FinishReason.LENGTH;
    while (told.size() < request.config().maxNewTokens()) {
      if (cancelled || System.nanoTime() > deadline) {
        reason = cancelled ? FinishReason.CANCELLED : FinishReason.DEADLINE;
        break;
      }
      if (prompt.contains("FAIL@" + told.size())) {
        result.completeExceptionally(new LoraException("secret of the server"));
        tokens.add(Optional.empty());
        return;
      }
      LockSupport.parkNanos(server.pace.toNanos());
      char next = answer.charAt(told.size() % answer.length());
      text.append(next);
      Optional<String> stop =
          request.config().stopStrings().stream().filter(s -> text.indexOf(s) >= 0).findFirst();
      GeneratedToken token = token(next, stop.isPresent() ? "" : String.valueOf(next));
      told.add(token);
      tokens.add(Optional.of(token));
      if (stop.isPresent()) {
        text.setLength(text.indexOf(stop.get()));
        reason = FinishReason.STOP_STRING;
        break;
      }
    }
    if (reason == FinishReason.CANCELLED) {
      server.cancelled.incrementAndGet();
    }
    result.complete(
        new ServedResult(
            new GenerationResult(
                prompt,
                text.toString(),
                told.stream().map(GeneratedToken::id).toList(),
                reason,
                prompt.length(),
                Duration.ofMillis(1)),
            told,
            Duration.ZERO,
            Optional.empty()));
    tokens.add(Optional.empty());
  }

  private GeneratedToken token(char next, String piece) {
    if (request.topLogprobs().isEmpty()) {
      return new GeneratedToken(next, piece, OptionalDouble.empty(), List.of());
    }
    List<TokenLogprob> top =
        Stream.of(
                new TokenLogprob(next, String.valueOf(next), -0.25),
                new TokenLogprob('é', "é", Double.NEGATIVE_INFINITY))
            .limit(request.topLogprobs().getAsInt())
            .toList();
    return new GeneratedToken(next, piece, OptionalDouble.of(-0.25), top);
  }

  void awaitEnd() {
    result.handle((done, failure) -> done).join();
  }

  @Override
  public String id() {
    return "echo";
  }

  @Override
  public Stream<GeneratedToken> tokens() {
    return Stream.generate(this::take)
        .takeWhile(Optional::isPresent)
        .map(Optional::get)
        .onClose(this::cancel);
  }

  private Optional<GeneratedToken> take() {
    try {
      Optional<GeneratedToken> token = tokens.take();
      if (token.isEmpty()) {
        result.join();
      }
      return token;
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public CompletableFuture<ServedResult> result() {
    return result;
  }

  @Override
  public void cancel() {
    cancelled = true;
  }
}
