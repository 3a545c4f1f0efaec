// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.benchmark;

import io.github.lora4j.ConfigurationException;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * The sizes of a llama.
 *
 * @param hidden width of the hidden states
 * @param layers number of layers
 * @param heads query heads, and as many key and value heads
 * @param intermediate width inside the MLP
 * @param vocabulary tokens of the vocabulary
 */
record LlamaShape(int hidden, int layers, int heads, int intermediate, int vocabulary) {
  /** A shape whose step takes about a second on two cores. */
  static final LlamaShape SMALL = new LlamaShape(512, 8, 8, 1376, 8192);

  /** Touvron et al., 2023, table 2. */
  private static final Map<String, LlamaShape> NAMED = named();

  private static Map<String, LlamaShape> named() {
    Map<String, LlamaShape> named = new LinkedHashMap<>();
    named.put("small", SMALL);
    named.put("7b", new LlamaShape(4096, 32, 32, 11008, 32000));
    named.put("13b", new LlamaShape(5120, 40, 40, 13824, 32000));
    named.put("33b", new LlamaShape(6656, 60, 52, 17920, 32000));
    named.put("65b", new LlamaShape(8192, 80, 64, 22016, 32000));
    return named;
  }

  /** Finds a shape by its name. */
  static LlamaShape of(String name) {
    LlamaShape shape = NAMED.get(name.toLowerCase(Locale.ROOT));
    if (shape == null) {
      throw new ConfigurationException(
          "--shape: expected one of %s, found %s"
              .formatted(String.join(", ", NAMED.keySet()), name));
    }
    return shape;
  }
}
