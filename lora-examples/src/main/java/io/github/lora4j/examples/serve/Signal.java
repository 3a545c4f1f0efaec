// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.serve;

import java.util.concurrent.CountDownLatch;

/**
 * The wish of the system or the user that this process end: SIGTERM, or Ctrl-C. The process stays
 * until this is closed.
 */
final class Signal implements AutoCloseable {
  private final CountDownLatch asked = new CountDownLatch(1);
  private final CountDownLatch done = new CountDownLatch(1);
  private final Thread hook = new Thread(this::asked, "lora4j-stop");

  private Signal() {}

  /** From now on a signal waits for what is to be closed. */
  static Signal install() {
    Signal signal = new Signal();
    Runtime.getRuntime().addShutdownHook(signal.hook);
    return signal;
  }

  /** Waits for the signal. */
  void await() {
    try {
      asked.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() {
    done.countDown();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException ending) {
      // It is the signal that this is closed for.
    }
  }

  private void asked() {
    asked.countDown();
    try {
      done.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
