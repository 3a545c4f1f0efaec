// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.optim;

import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/** A stretch of the state that is moved as a whole. Its fields are {@link PageCache}'s. */
final class Page {
  final int number;

  /** Where it lies while it is resident. */
  @Nullable Frame frame;

  /** What must be over before the frame holds the page. */
  @Nullable Future<?> loading;

  /** When it was used last; 0 if never. */
  long lastUse;

  /** Which page was used after it the last time. */
  @Nullable Page next;

  /** Whether the frame holds what the file does not. */
  boolean dirty;

  Page(int number) {
    this.number = number;
  }
}
