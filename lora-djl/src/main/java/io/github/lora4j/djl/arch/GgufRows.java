// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.arch;

import io.github.lora4j.djl.format.HuggingFaceConfig;
import java.util.stream.IntStream;

/**
 * The order of rows in the query and key projections of GGUF files of the architecture llama: of
 * each head, transformers rotates value i with value i + half, llama.cpp value 2 i with value 2 i +
 * 1, and its converter lays the rows accordingly.
 *
 * @param heads heads of the query projection
 * @param keyValueHeads heads of the key projection
 */
public record GgufRows(int heads, int keyValueHeads) {
  /**
   * Of a model.
   *
   * @param config its configuration
   * @return the rows
   */
  public static GgufRows of(HuggingFaceConfig config) {
    int heads = SpecReader.positive(config, "num_attention_heads");
    return new GgufRows(heads, SpecReader.positiveOr(config, heads, "num_key_value_heads"));
  }

  /**
   * Whether a module's rows lie in another order in the file.
   *
   * @param architecture {@code general.architecture}
   * @param module its path in transformers
   * @return true for the query and key projections of a llama
   */
  public static boolean differ(String architecture, String module) {
    return architecture.equals("llama") && (isQuery(module) || module.endsWith(".k_proj"));
  }

  private static boolean isQuery(String module) {
    return module.endsWith(".q_proj");
  }

  /**
   * Where the file has each row of a module.
   *
   * @param module the module's path in transformers
   * @param rows how many there are
   * @return by the row in transformers, the row in the file
   */
  public int[] inFile(String module, int rows) {
    int headDim = rows / headsOf(module);
    int half = headDim / 2;
    return IntStream.range(0, rows)
        .map(row -> row / headDim * headDim + row % half * 2 + row % headDim / half)
        .toArray();
  }

  /**
   * The inverse of {@link #inFile}.
   *
   * @param module the module's path in transformers
   * @param rows how many there are
   * @return by the row in the file, the row in transformers
   */
  public int[] inTransformers(String module, int rows) {
    int[] inFile = inFile(module, rows);
    int[] inverse = new int[rows];
    for (int row = 0; row < rows; row++) {
      inverse[inFile[row]] = row;
    }
    return inverse;
  }

  /**
   * Whether so many rows can be those of a module.
   *
   * @param module the module's path in transformers
   * @param rows how many there are
   * @return true if they are whole heads, each of two halves
   */
  public boolean fit(String module, int rows) {
    return rows > 0 && rows % (2 * headsOf(module)) == 0;
  }

  private int headsOf(String module) {
    return isQuery(module) ? heads : keyValueHeads;
  }
}
