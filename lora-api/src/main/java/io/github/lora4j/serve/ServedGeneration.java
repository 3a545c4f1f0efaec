// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.serve;

import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

/** The answer to a request, while it comes. Safe for use by several threads. */
public interface ServedGeneration {
  /**
   * The request's name in logs.
   *
   * @return unique in this server
   */
  String id();

  /**
   * The tokens, from the first on, each as soon as it is there. The stream waits for the next token
   * and ends with the request; if the request failed, it throws what {@link #result()} fails with.
   * Closing it early cancels the request, and so does interrupting the thread that waits: the
   * stream ends then. To be taken once.
   *
   * @return the tokens, in order
   * @throws IllegalStateException if it was taken before
   */
  Stream<GeneratedToken> tokens();

  /**
   * What came of the request. It completes with a result also if the request was cancelled or ran
   * out of time, with what was generated until then. It fails with a {@link
   * io.github.lora4j.LoraException} if the adapter was removed or damaged, or if decoding failed.
   * Cancelling the future cancels the request. What depends on it runs on the server's thread,
   * which waits for it, unless the {@code Async} methods are used.
   *
   * @return always completed in the end
   */
  CompletableFuture<ServedResult> result();

  /** Ends the request before its next token; one that has ended stays as it is. */
  void cancel();
}
