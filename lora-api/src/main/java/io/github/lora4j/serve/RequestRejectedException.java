// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.serve;

import io.github.lora4j.LoraException;

/** A server does not take a request now; the same request may be taken later. */
public final class RequestRejectedException extends LoraException {
  private static final long serialVersionUID = 1L;

  private final Reason reason;

  /** Why a request is not taken. */
  public enum Reason {
    /** {@link ServerOptions#maxQueued()} requests wait. */
    QUEUE_FULL,
    /** {@link ServerOptions#maxQueuedPerAdapter()} requests wait for the adapter. */
    ADAPTER_QUEUE_FULL,
    /** The server is closing or closed. */
    CLOSED
  }

  /**
   * Creates the exception.
   *
   * @param reason why
   * @param message what was found and what to do
   */
  public RequestRejectedException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  /**
   * Why the request was not taken.
   *
   * @return the reason
   */
  public Reason reason() {
    return reason;
  }
}
