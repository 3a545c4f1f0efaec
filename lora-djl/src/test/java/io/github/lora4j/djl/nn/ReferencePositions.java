// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What transformers says of positions; made by samples/make_samples.py. */
final class ReferencePositions {
  private static final Path FILE = Path.of("src/test/resources/samples/positions.json");

  private ReferencePositions() {}

  private static JsonObject read() {
    try {
      return JsonParser.parseString(Files.readString(FILE)).getAsJsonObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static float[] alibiSlopes(int heads) {
    return floats(read().getAsJsonObject("alibi_slopes").getAsJsonArray(String.valueOf(heads)));
  }

  static float[] mptSlopes(int heads) {
    return floats(read().getAsJsonObject("mpt_slopes").getAsJsonArray(String.valueOf(heads)));
  }

  /** What Falcon adds to the scores of some keys where there are 6 heads of 8 values. */
  static Biases falconBiases() {
    JsonObject falcon = read().getAsJsonObject("falcon_biases");
    return new Biases(floats(falcon.getAsJsonArray("keys")), rows(falcon.getAsJsonArray("biases")));
  }

  /** Biases of keys, (heads, keys). */
  record Biases(float[] keys, float[][] biases) {}

  static Rotary rotary(String type) {
    JsonObject rotary = read().getAsJsonObject("rotary").getAsJsonObject(type);
    float[] positions = floats(rotary.getAsJsonArray("positions"));
    int[] at = new int[positions.length];
    for (int i = 0; i < at.length; i++) {
      at[i] = (int) positions[i];
    }
    return new Rotary(at, rows(rotary.getAsJsonArray("cos")), rows(rotary.getAsJsonArray("sin")));
  }

  private static float[][] rows(JsonArray rows) {
    float[][] values = new float[rows.size()][];
    for (int i = 0; i < values.length; i++) {
      values[i] = floats(rows.get(i).getAsJsonArray());
    }
    return values;
  }

  private static float[] floats(JsonArray array) {
    float[] values = new float[array.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = array.get(i).getAsFloat();
    }
    return values;
  }

  /** Cosines and sines of each frequency, (positions, headDim / 2). */
  record Rotary(int[] positions, float[][] cos, float[][] sin) {}
}
