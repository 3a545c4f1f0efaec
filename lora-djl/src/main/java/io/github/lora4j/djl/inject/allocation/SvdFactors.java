// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject.allocation;

import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import io.github.lora4j.LoraAdapter;
import io.github.lora4j.peft.TensorRole;
import java.util.Objects;

/**
 * The factors of one module's update B diag(E) A.
 *
 * @param a the right singular vectors, shape (rank, in)
 * @param b the left singular vectors, shape (out, rank)
 * @param e the singular values, shape (rank, 1)
 */
public record SvdFactors(Parameter a, Parameter b, Parameter e) {
  /**
   * Takes them from an adapter.
   *
   * @param adapter an adapter with singular values
   * @return its factors
   */
  public static SvdFactors of(LoraAdapter adapter) {
    Parameter e = adapter.variant().parameters().get(TensorRole.SVD_E);
    return new SvdFactors(adapter.a(), adapter.b(), Objects.requireNonNull(e, "lora_E"));
  }

  /**
   * How many singular values there are.
   *
   * @return the rank, pruned values counted
   */
  public int rank() {
    return (int) e.getArray().getShape().get(0);
  }

  /** A manager for work on them. */
  NDManager newScope() {
    return e.getArray().getManager().newSubManager();
  }
}
