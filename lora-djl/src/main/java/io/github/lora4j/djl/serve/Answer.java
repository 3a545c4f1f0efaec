// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.serve;

import io.github.lora4j.serve.GeneratedToken;
import io.github.lora4j.serve.ServedGeneration;
import io.github.lora4j.serve.ServedResult;
import java.util.Optional;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/** What the client of one request holds; the server's thread writes, any thread reads. */
final class Answer implements ServedGeneration {
  private final String id;
  private final Runnable onCancel;
  private final BlockingQueue<Optional<GeneratedToken>> tokens = new LinkedBlockingQueue<>();
  private final CompletableFuture<ServedResult> result = new CompletableFuture<>();
  private final AtomicBoolean streamed = new AtomicBoolean();
  private volatile boolean cancelled;
  private volatile @Nullable RuntimeException failure;

  /**
   * Creates the answer, empty so far.
   *
   * @param id unique in the server
   * @param onCancel told when the client wants no more
   */
  Answer(String id, Runnable onCancel) {
    this.id = id;
    this.onCancel = onCancel;
    var unused =
        result.whenComplete(
            (value, cause) -> {
              if (result.isCancelled()) {
                cancel();
              }
            });
  }

  @Override
  public String id() {
    return id;
  }

  @Override
  public Stream<GeneratedToken> tokens() {
    if (streamed.getAndSet(true)) {
      throw new IllegalStateException(
          "the tokens of request %s were taken already; result() has them all".formatted(id));
    }
    return StreamSupport.stream(new Tokens(), false).onClose(this::cancel);
  }

  /** Takes tokens as they come. */
  private final class Tokens extends Spliterators.AbstractSpliterator<GeneratedToken> {
    private boolean ended;

    Tokens() {
      super(Long.MAX_VALUE, Spliterator.ORDERED | Spliterator.NONNULL);
    }

    @Override
    public boolean tryAdvance(Consumer<? super GeneratedToken> action) {
      Optional<GeneratedToken> token = ended ? Optional.empty() : take();
      if (token.isEmpty()) {
        ended = true;
        throwIfFailed();
        return false;
      }
      action.accept(token.get());
      return true;
    }
  }

  private Optional<GeneratedToken> take() {
    try {
      return tokens.take();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      cancel();
      return Optional.empty();
    }
  }

  private void throwIfFailed() {
    RuntimeException cause = failure;
    if (cause != null) {
      throw cause;
    }
  }

  @Override
  public CompletableFuture<ServedResult> result() {
    return result;
  }

  @Override
  public void cancel() {
    cancelled = true;
    onCancel.run();
  }

  /** Whether the client wants no more. */
  boolean isCancelled() {
    return cancelled;
  }

  /** Hands a token to the client. */
  void give(GeneratedToken token) {
    tokens.add(Optional.of(token));
  }

  /** Ends the answer. */
  void complete(ServedResult outcome) {
    result.complete(outcome);
    tokens.add(Optional.empty());
  }

  /** Ends the answer without a result. */
  void fail(RuntimeException cause) {
    failure = cause;
    result.completeExceptionally(cause);
    tokens.add(Optional.empty());
  }
}
