// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train;

import io.github.lora4j.train.multi.JobTurn;
import io.github.lora4j.train.multi.MultiLoraOptions;
import java.util.ArrayList;
import java.util.List;

/** Says which jobs go into a step. */
final class TurnScheduler {
  private final MultiLoraOptions options;

  TurnScheduler(MultiLoraOptions options) {
    this.options = options;
  }

  /**
   * The first in order, and of the others all that fit.
   *
   * @param turns the live jobs, in the order they were submitted; at least one
   * @return the names of those that go
   */
  List<String> choose(List<JobTurn> turns) {
    List<String> chosen = new ArrayList<>();
    int room = options.maxTokensPerStep();
    for (JobTurn turn : turns.stream().sorted(options.order()).toList()) {
      if (chosen.isEmpty() || turn.tokens() <= room) {
        chosen.add(turn.name());
        room -= turn.tokens();
      }
    }
    return chosen;
  }
}
