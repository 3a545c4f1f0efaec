// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.quickstart;

import io.github.lora4j.examples.answers.Score;
import java.nio.file.Path;
import java.util.List;

/**
 * What came of the quick start.
 *
 * @param before exact matches of the base on the held-out records
 * @param after exact matches with the trained adapter
 * @param answers the answers with the trained adapter
 * @param reloadedAnswers the answers with the adapter loaded from disk
 * @param mergedAnswers the answers of the merged checkpoint
 * @param picture the loss curve
 */
public record QuickStartResult(
    Score before,
    Score after,
    List<String> answers,
    List<String> reloadedAnswers,
    List<String> mergedAnswers,
    Path picture) {
  /** Copies the lists. */
  public QuickStartResult {
    answers = List.copyOf(answers);
    reloadedAnswers = List.copyOf(reloadedAnswers);
    mergedAnswers = List.copyOf(mergedAnswers);
  }
}
