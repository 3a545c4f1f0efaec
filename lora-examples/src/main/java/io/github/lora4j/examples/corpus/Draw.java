// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.corpus;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** Choices by chance that a seed repeats exactly, on every machine. */
final class Draw {
  private final Random random;

  Draw(long seed) {
    random = new Random(seed);
  }

  <T> T one(List<T> choices) {
    return choices.get(random.nextInt(choices.size()));
  }

  /** Distinct choices in random order. */
  <T> List<T> several(int count, List<T> choices) {
    List<T> shuffled = new ArrayList<>(choices);
    Collections.shuffle(shuffled, random);
    return shuffled.subList(0, count);
  }

  boolean chance(double probability) {
    return random.nextDouble() < probability;
  }

  int between(int first, int last) {
    return first + random.nextInt(last - first + 1);
  }
}
