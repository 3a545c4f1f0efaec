// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.prompt;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Parameter;
import io.github.lora4j.djl.nn.VirtualTokens;
import java.util.Map;

/** Virtual tokens that are learned themselves (PEFT: {@code PromptEmbedding}). */
public final class StoredTokens implements VirtualTokens {
  private final Parameter embedding;

  /**
   * Takes the vectors.
   *
   * @param vectors shape (count, width)
   */
  public StoredTokens(NDArray vectors) {
    embedding = TokenParameters.of(TokenParameters.EMBEDDING, vectors);
  }

  @Override
  public int count() {
    return Math.toIntExact(embedding.getShape().get(0));
  }

  @Override
  public NDArray values(NDArray owner, boolean training) {
    return embedding.getArray();
  }

  @Override
  public Map<String, Parameter> parameters() {
    return Map.of(TokenParameters.EMBEDDING, embedding);
  }
}
