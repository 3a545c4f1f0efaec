// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.train;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Asks a run to stop, from any thread: it finishes its step, writes a checkpoint and ends with
 * {@link StopReason#STOPPED_BY_SIGNAL}, to be gone on with by {@link FineTuner#resume}.
 */
public final class StopSignal {
  private final AtomicBoolean requested = new AtomicBoolean();

  /** Starts with no stop requested. */
  public StopSignal() {}

  /** Requests the stop of every run that was given this signal, for good. */
  public void request() {
    requested.set(true);
  }

  /**
   * Whether a stop was requested.
   *
   * @return true from {@link #request} on
   */
  public boolean isRequested() {
    return requested.get();
  }
}
