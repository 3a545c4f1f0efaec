// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.arch;

import io.github.lora4j.djl.format.HuggingFaceConfig;
import io.github.lora4j.djl.nn.AttentionSpec;
import java.util.Collections;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/** How many keys the queries of each layer see ({@code sliding_window}, {@code layer_types}). */
final class WindowReader {
  private static final String WINDOW = "sliding_window";
  private static final String TYPES = "layer_types";

  private WindowReader() {}

  /** The same window in every layer, or none. */
  static List<Integer> everywhere(HuggingFaceConfig config) {
    return Collections.nCopies(layers(config), window(config).orElse(AttentionSpec.ALL));
  }

  /**
   * A window where {@code layer_types} says so, by default in the layers from {@code
   * max_window_layers} on, and only if {@code use_sliding_window} is true.
   */
  static List<Integer> upperLayers(HuggingFaceConfig config) {
    if (!config.boolOr(false, "use_sliding_window")) {
      return Collections.nCopies(layers(config), AttentionSpec.ALL);
    }
    int first = config.intOr(28, "max_window_layers");
    return byType(config, layer -> layer >= first);
  }

  /** A window where {@code layer_types} says so, by default in every layer of even index. */
  static List<Integer> everySecondLayer(HuggingFaceConfig config) {
    return byType(config, layer -> layer % 2 == 0);
  }

  private static List<Integer> byType(HuggingFaceConfig config, IntPredicate slides) {
    OptionalInt window = window(config);
    List<String> types = config.stringList(TYPES);
    if (types.isEmpty()) {
      return IntStream.range(0, layers(config))
          .mapToObj(i -> slides.test(i) ? window.orElse(AttentionSpec.ALL) : AttentionSpec.ALL)
          .toList();
    }
    if (types.size() != layers(config)) {
      throw config.error(
          TYPES,
          "expected one of each of the %d layers, found %d"
              .formatted(layers(config), types.size()));
    }
    return types.stream().map(type -> window(config, type, window)).toList();
  }

  private static int window(HuggingFaceConfig config, String type, OptionalInt window) {
    return switch (type) {
      case "full_attention" -> AttentionSpec.ALL;
      case "sliding_attention" ->
          window.orElseThrow(
              () -> config.error(WINDOW, "layer_types has sliding_attention; expected a number"));
      default ->
          throw config.error(
              TYPES,
              "\"%s\" is not supported; supported are full_attention, sliding_attention"
                  .formatted(type));
    };
  }

  private static OptionalInt window(HuggingFaceConfig config) {
    return config.has(WINDOW)
        ? OptionalInt.of(SpecReader.positive(config, WINDOW))
        : OptionalInt.empty();
  }

  private static int layers(HuggingFaceConfig config) {
    return SpecReader.positive(config, "num_hidden_layers");
  }
}
