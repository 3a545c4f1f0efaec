// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.serve;

import java.time.Duration;
import java.util.Optional;

/**
 * Is told what a {@link LoraServer} does. {@link #queued} and {@link #rejected} come on the thread
 * that submits, everything else on the server's own threads, which wait for it: it should be quick.
 * What it throws is logged and goes no further.
 */
public interface ServerListener {
  /**
   * A listener that does nothing.
   *
   * @return the listener
   */
  static ServerListener silent() {
    return new ServerListener() {};
  }

  /**
   * A request was taken and waits.
   *
   * @param adapter the adapter it asked for; empty for the base
   */
  default void queued(Optional<String> adapter) {}

  /**
   * A request was not taken.
   *
   * @param adapter the adapter it asked for; empty for the base
   * @param reason why
   */
  default void rejected(Optional<String> adapter, RequestRejectedException.Reason reason) {}

  /**
   * A request that waited has ended before it ran: cancelled, out of time, or failed.
   *
   * @param adapter the adapter it asked for; empty for the base
   */
  default void leftQueue(Optional<String> adapter) {}

  /**
   * A request runs from now on.
   *
   * @param adapter its adapter; empty for the base
   * @param waited the time since it was submitted
   */
  default void started(Optional<String> adapter, Duration waited) {}

  /**
   * The beginning of a request's prompt need not be computed: an earlier request under the same
   * adapter began alike.
   *
   * @param adapter its adapter; empty for the base
   * @param tokens how many tokens that saves
   */
  default void prefixShared(Optional<String> adapter, int tokens) {}

  /**
   * A request has its first token.
   *
   * @param adapter its adapter; empty for the base
   * @param sinceSubmission the time since it was submitted
   */
  default void firstToken(Optional<String> adapter, Duration sinceSubmission) {}

  /**
   * A request has a further token.
   *
   * @param adapter its adapter; empty for the base
   * @param interval the time since the token before
   */
  default void nextToken(Optional<String> adapter, Duration interval) {}

  /**
   * A request gave its pages back, to be computed again later, because the pool was full.
   *
   * @param adapter its adapter; empty for the base
   */
  default void preempted(Optional<String> adapter) {}

  /**
   * A request ended with a result.
   *
   * @param adapter its adapter; empty for the base
   * @param result what came of it
   */
  default void finished(Optional<String> adapter, ServedResult result) {}

  /**
   * A request failed.
   *
   * @param adapter its adapter; empty for the base
   * @param cause why
   */
  default void failed(Optional<String> adapter, Throwable cause) {}

  /**
   * A step was done.
   *
   * @param step what it was
   */
  default void stepped(ServerStep step) {}

  /**
   * A request starts under an adapter.
   *
   * @param adapter its name
   * @param hit whether it was in the pool already when the request's turn came
   */
  default void adapterUsed(String adapter, boolean hit) {}

  /**
   * An adapter is in the pool from now on.
   *
   * @param adapter its name
   * @param elapsed from the decision to load it on
   */
  default void adapterLoaded(String adapter, Duration elapsed) {}

  /**
   * An adapter left the pool to make room.
   *
   * @param adapter its name
   */
  default void adapterEvicted(String adapter) {}
}
