// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.train;

import java.nio.file.Path;
import java.util.Objects;

/** Where a run begins. */
public sealed interface RunStart {
  /** With its first step. */
  record Fresh() implements RunStart {}

  /** After the newest whole checkpoint in the output directory. */
  record Latest() implements RunStart {}

  /**
   * After a certain checkpoint.
   *
   * @param checkpoint its directory
   */
  record At(Path checkpoint) implements RunStart {
    /** Refuses null. */
    public At {
      Objects.requireNonNull(checkpoint, "checkpoint");
    }
  }

  /**
   * Begins with the first step.
   *
   * @return the start of {@link FineTuner#fit}
   */
  static RunStart fresh() {
    return new Fresh();
  }

  /**
   * Goes on after the newest whole checkpoint in the output directory.
   *
   * @return the start of {@link FineTuner#resume}
   */
  static RunStart latest() {
    return new Latest();
  }

  /**
   * Goes on after a certain checkpoint.
   *
   * @param checkpoint its directory
   * @return the start of {@link FineTuner#resumeFrom}
   */
  static RunStart at(Path checkpoint) {
    return new At(checkpoint);
  }
}
