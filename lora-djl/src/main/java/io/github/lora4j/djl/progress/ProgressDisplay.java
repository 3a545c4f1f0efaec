// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.progress;

import io.github.lora4j.train.FineTuningListener;
import java.io.PrintStream;
import java.util.Optional;

/** Shows a run. Closed at its end, however it ends. */
public interface ProgressDisplay extends FineTuningListener, AutoCloseable {
  /**
   * The display that suits a stream.
   *
   * @param stream where to, or empty for nothing
   * @param totalSteps the steps of the run
   * @return a bar if the stream is a terminal, lines if not
   */
  static ProgressDisplay of(Optional<PrintStream> stream, int totalSteps) {
    if (stream.isEmpty()) {
      return () -> {};
    }
    return Terminal.is(stream.get())
        ? new BarDisplay(stream.get(), totalSteps)
        : new LineDisplay(stream.get(), "", totalSteps);
  }

  /**
   * The display of one of several runs that share a stream: lines, for bars would overwrite each
   * other.
   *
   * @param stream where to, or empty for nothing
   * @param name the run's name, before each line
   * @param totalSteps the steps of the run
   * @return the display
   */
  static ProgressDisplay ofOne(Optional<PrintStream> stream, String name, int totalSteps) {
    return stream
        .<ProgressDisplay>map(to -> new LineDisplay(to, name + ": ", totalSteps))
        .orElse(() -> {});
  }

  @Override
  void close();
}
