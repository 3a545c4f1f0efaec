// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.arch;

import io.github.lora4j.djl.format.HuggingFaceConfig;
import io.github.lora4j.djl.nn.DecoderSpec;
import java.util.OptionalDouble;

/** Reads the sizes of a decoder and refuses those that cannot be. */
final class SpecReader {
  private SpecReader() {}

  static int positive(HuggingFaceConfig config, String field, String... aliases) {
    int value = config.intValue(field, aliases);
    if (value < 1) {
      throw config.error(field, "expected a number of at least 1, found " + value);
    }
    return value;
  }

  static int positiveOr(HuggingFaceConfig config, int fallback, String field) {
    return config.has(field) ? positive(config, field) : fallback;
  }

  static double above0(HuggingFaceConfig config, double value, String field) {
    if (!(value > 0)) {
      throw config.error(field, "expected a number above 0, found " + value);
    }
    return value;
  }

  /** A soft cap: a number above 0, nothing where it is null, the default where it is not named. */
  static OptionalDouble limit(HuggingFaceConfig config, double fallback, String field) {
    if (config.has(field)) {
      return OptionalDouble.of(above0(config, config.doubleValue(field), field));
    }
    return config.json().has(field) ? OptionalDouble.empty() : OptionalDouble.of(fallback);
  }

  /** Refuses what a model could have and none here can do. */
  static void require(HuggingFaceConfig config, String field, boolean expected) {
    if (config.boolOr(expected, field) != expected) {
      throw config.error(field, "is %s; supported is %s".formatted(!expected, expected));
    }
  }

  /** What one head has of the hidden size. */
  static int share(HuggingFaceConfig config, int hidden, int heads, String field) {
    if (hidden % heads != 0) {
      throw config.error(
          field, "expected a divisor of hidden_size %d, found %d".formatted(hidden, heads));
    }
    return hidden / heads;
  }

  static int even(HuggingFaceConfig config, int value, String field) {
    if (value < 2 || value % 2 != 0) {
      throw config.error(field, "rotary positions need an even number, found " + value);
    }
    return value;
  }

  /** What rotates of a head, which must be a part of it. */
  static int rotaryDim(HuggingFaceConfig config, int value, int headDim, String field) {
    int rotating = value + value % 2;
    if (value < 1 || rotating > headDim) {
      throw config.error(
          field,
          "asks for %d rotating values of a head; expected 1 to %d".formatted(rotating, headDim));
    }
    return value;
  }

  static DecoderSpec checked(HuggingFaceConfig config, DecoderSpec spec) {
    if (spec.keyValueHeads() < 1 || spec.numHeads() % spec.keyValueHeads() != 0) {
      throw config.error(
          "num_key_value_heads",
          "expected a divisor of the %d heads, found %d"
              .formatted(spec.numHeads(), spec.keyValueHeads()));
    }
    return spec;
  }
}
