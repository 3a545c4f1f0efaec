// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.target;

import io.github.lora4j.peft.TensorRole;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The matrices that the update of a module's weight is a product of, by what PEFT calls them. */
public enum Factorization {
  /** B A of a linear module. */
  LINEAR(TensorRole.LORA_A, TensorRole.LORA_B, Optional.empty()),
  /** B A of an embedding. */
  EMBEDDING(TensorRole.LORA_EMBEDDING_A, TensorRole.LORA_EMBEDDING_B, Optional.empty()),
  /** B diag(E) A, as AdaLoRA has it: P, Λ and Q of its paper. */
  SVD(TensorRole.SVD_A, TensorRole.SVD_B, Optional.of(TensorRole.SVD_E));

  private final TensorRole a;
  private final TensorRole b;
  private final Optional<TensorRole> diagonal;

  Factorization(TensorRole a, TensorRole b, Optional<TensorRole> diagonal) {
    this.a = a;
    this.b = b;
    this.diagonal = diagonal;
  }

  static Factorization of(AdaptableModule module) {
    return module.kind() == AdaptableModule.Kind.EMBEDDING ? EMBEDDING : LINEAR;
  }

  /**
   * The factors.
   *
   * @return A, B, and E if there is a diagonal
   */
  public List<TensorRole> roles() {
    return Stream.concat(Stream.of(a, b), diagonal.stream()).toList();
  }

  /**
   * The factor next to the input.
   *
   * @return the role of A
   */
  public TensorRole a() {
    return a;
  }

  /** How many values a rank adds beside a row of A and a column of B. */
  int diagonalsPerRank() {
    return diagonal.isPresent() ? 1 : 0;
  }

  /**
   * The factor next to the output.
   *
   * @return the role of B
   */
  public TensorRole b() {
    return b;
  }
}
