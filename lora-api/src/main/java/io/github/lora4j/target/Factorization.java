package io.github.lora4j.target;

import io.github.lora4j.peft.TensorRole;
import java.util.List;

/** The matrices that the update of a module's weight is a product of, by what PEFT calls them. */
public enum Factorization {
  /** B A of a linear module. */
  LINEAR(TensorRole.LORA_A, TensorRole.LORA_B),
  /** B A of an embedding. */
  EMBEDDING(TensorRole.LORA_EMBEDDING_A, TensorRole.LORA_EMBEDDING_B),
  /** B diag(E) A, as AdaLoRA has it: P, Λ and Q of its paper. */
  SVD(TensorRole.SVD_A, TensorRole.SVD_B, TensorRole.SVD_E);

  private final List<TensorRole> roles;

  Factorization(TensorRole... roles) {
    this.roles = List.of(roles);
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
    return roles;
  }

  /**
   * The factor next to the input.
   *
   * @return the role of A
   */
  public TensorRole a() {
    return roles.get(0);
  }

  /**
   * The factor next to the output.
   *
   * @return the role of B
   */
  public TensorRole b() {
    return roles.get(1);
  }
}
