// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.multi;

import io.github.lora4j.examples.answers.Score;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What came of the example.
 *
 * @param before exact matches of the base on each job's held-out records
 * @param after exact matches with the job's adapter
 * @param tokensPerSecond tokens of all jobs in a second of the training
 */
public record MultiTrainResult(
    Map<String, Score> before, Map<String, Score> after, double tokensPerSecond) {
  /** Copies the maps. */
  public MultiTrainResult {
    before = Collections.unmodifiableMap(new LinkedHashMap<>(before));
    after = Collections.unmodifiableMap(new LinkedHashMap<>(after));
  }
}
