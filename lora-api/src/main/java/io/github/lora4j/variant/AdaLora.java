// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.variant;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import io.github.lora4j.LoraAdapter;
import io.github.lora4j.peft.TensorRole;
import java.util.Map;

/**
 * An update in the form of a singular value decomposition (<a
 * href="https://arxiv.org/abs/2303.10512">Zhang et al., 2023</a>, section 3.1; PEFT: {@code
 * SVDLinear}): {@code y = base(x) + scaling · B diag(E) A x}, with B for the paper's P, E for Λ and
 * A for Q. Whatever becomes of a singular value, the scaling stays as it is.
 */
public final class AdaLora implements LoraVariant {
  private final Parameter singularValues;

  private AdaLora(Parameter singularValues) {
    this.singularValues = singularValues;
  }

  /**
   * Takes ownership of singular values.
   *
   * @param singularValues E, shape (rank, 1); becomes this object's
   * @return the variant
   */
  public static AdaLora own(NDArray singularValues) {
    return new AdaLora(LoraAdapter.parameter(TensorRole.SVD_E.container(), singularValues));
  }

  @Override
  public TensorRole roleOfA() {
    return TensorRole.SVD_A;
  }

  @Override
  public TensorRole roleOfB() {
    return TensorRole.SVD_B;
  }

  @Override
  public Map<TensorRole, Parameter> parameters() {
    return Map.of(TensorRole.SVD_E, singularValues);
  }

  @Override
  public NDArray forward(VariantInput input) {
    NDArray scaled = scaled(input.a(), input.value(TensorRole.SVD_E), input.x().getManager());
    return input.update().add(input.dropped(), input.y(), scaled, input.b(), input.scale());
  }

  /** diag(E) A. It begins with a new array so that no operator is called on a parameter. */
  private static NDArray scaled(NDArray a, NDArray singularValues, NDManager manager) {
    return manager.ones(new Shape(1), a.getDataType()).mul(a).mul(singularValues);
  }

  @Override
  public NDArray merged(LoraAdapter adapter, NDArray weight, NDManager manager) {
    try (NDManager scope = manager.newSubManager()) {
      NDArray a = constant(adapter.a(), scope);
      NDArray b = constant(adapter.b(), scope);
      NDArray delta = b.matMul(a.mul(constant(singularValues, scope))).muli(adapter.scaling());
      NDArray merged = delta.addi(weight);
      merged.attach(manager);
      return merged;
    }
  }

  private static NDArray constant(Parameter parameter, NDManager scope) {
    NDArray constant = parameter.getArray().stopGradient();
    constant.attach(scope);
    return constant;
  }

  @Override
  public void close() {
    singularValues.close();
  }
}
