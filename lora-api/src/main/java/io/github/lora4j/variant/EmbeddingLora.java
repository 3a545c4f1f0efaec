// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.variant;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import io.github.lora4j.LoraAdapter;
import io.github.lora4j.peft.TensorRole;
import java.util.Map;

/**
 * LoRA on a table of rows: {@code y = W[id] + scaling · B A[:, id]} (PEFT: {@code lora.Embedding}).
 * An embedding is a linear map of one-hot vectors whose weight is stored transposed, (rows, width);
 * so A has shape (rank, rows) and B (width, rank). Owns nothing.
 */
public final class EmbeddingLora implements LoraVariant {
  /** The one object, for it has nothing of its own. */
  public static final EmbeddingLora INSTANCE = new EmbeddingLora();

  private EmbeddingLora() {}

  @Override
  public TensorRole roleOfA() {
    return TensorRole.LORA_EMBEDDING_A;
  }

  @Override
  public TensorRole roleOfB() {
    return TensorRole.LORA_EMBEDDING_B;
  }

  @Override
  public Map<TensorRole, Parameter> parameters() {
    return Map.of();
  }

  @Override
  public NDArray forward(VariantInput input) {
    return input.updated(input.y());
  }

  /** {@inheritDoc} Here the weight is stored transposed, (rows, width). */
  @Override
  public NDArray merged(LoraAdapter adapter, NDArray weight, NDManager manager) {
    try (NDArray delta = adapter.delta(manager);
        NDArray turned = delta.transpose()) {
      return turned.add(weight);
    }
  }

  @Override
  public void close() {}
}
