// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.variant;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import io.github.lora4j.LoraAdapter;
import io.github.lora4j.peft.TensorRole;
import java.util.Map;
import java.util.Optional;

/**
 * What an adapter on one linear layer computes of A, B and the base's result (PEFT: {@code
 * LoraVariant}). The layer asks its adapter's variant and knows none by name.
 *
 * <p>A variant belongs to one adapter, which closes it.
 */
public interface LoraVariant extends AutoCloseable {
  /**
   * What A is to the module.
   *
   * @return the role
   */
  default TensorRole roleOfA() {
    return TensorRole.LORA_A;
  }

  /**
   * What B is to the module.
   *
   * @return the role
   */
  default TensorRole roleOfB() {
    return TensorRole.LORA_B;
  }

  /**
   * What trains beside A and B.
   *
   * @return the parameters by what they are
   */
  Map<TensorRole, Parameter> parameters();

  /**
   * Computes the adapted layer's result.
   *
   * @param input the layer's input, factors, and the base's result
   * @return shape (..., out), differentiable where the engine records
   */
  NDArray forward(VariantInput input);

  /**
   * Whether B A computes what the variant does, so that only training needs to ask it.
   *
   * @return true for LoRA itself and what differs from it in gradients alone
   */
  default boolean infersAsPlain() {
    return false;
  }

  /**
   * The weight with which a layer alone computes what base and adapter compute together.
   *
   * @param adapter the factors
   * @param weight the base's weight, shape (out, in); left as it is
   * @param manager owns the result
   * @return the merged weight, shape (out, in)
   */
  NDArray merged(LoraAdapter adapter, NDArray weight, NDManager manager);

  /**
   * Whether merging changes the base's bias too, by {@link #biasDelta}.
   *
   * @return true if so
   */
  default boolean changesBias() {
    return false;
  }

  /**
   * What merging adds to the base's bias.
   *
   * @param adapter the factors
   * @param manager owns the result
   * @return shape (out), or empty if the bias stays as it is
   */
  default Optional<NDArray> biasDelta(LoraAdapter adapter, NDManager manager) {
    return Optional.empty();
  }

  /**
   * What the factors started as, where that is taken off the base's weight.
   *
   * @return A₀, B₀ and the scaling; empty where the base is the layer's own
   */
  default Optional<LoraAdapter> initial() {
    return Optional.empty();
  }

  /** Frees its own parameters. */
  @Override
  void close();
}
