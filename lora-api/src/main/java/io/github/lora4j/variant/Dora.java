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
 * Weight-decomposed low-rank adaptation (<a href="https://arxiv.org/abs/2402.09353">Liu et al.,
 * 2024</a>; PEFT: {@code use_dora}): each row of W + scaling · B A is brought to a length m that
 * trains,
 *
 * <pre>y = m / ‖W + scaling · B A‖ · (W x + scaling · B A x) + bias</pre>
 *
 * <p>The norm is a constant in the backward pass (section 4.3). It is never taken of the sum
 * itself, which would be as large as W, but of its parts: ‖w + s·bA‖² = ‖w‖² + 2s · b·(A w) + s² ·
 * b (A Aᵀ) bᵀ for a row w of W and b of B.
 */
public final class Dora implements LoraVariant {
  private final FrozenLinear base;
  private final NDArray rowSquares;
  private final Parameter magnitude;

  private Dora(FrozenLinear base, NDArray rowSquares, Parameter magnitude) {
    this.base = base;
    this.rowSquares = rowSquares;
    this.magnitude = magnitude;
  }

  /**
   * Takes ownership of a magnitude.
   *
   * @param base the map under the adapter
   * @param rowSquares ‖w‖² of each row of its weight, shape (out); becomes this object's
   * @param magnitude m, shape (out); becomes this object's
   * @return the variant
   */
  public static Dora own(FrozenLinear base, NDArray rowSquares, NDArray magnitude) {
    return new Dora(
        base, rowSquares, LoraAdapter.parameter(TensorRole.LORA_MAGNITUDE.container(), magnitude));
  }

  /**
   * ‖w‖² of each row of a weight.
   *
   * @param weight shape (out, in); left as it is
   * @param manager owns the result
   * @return shape (out)
   */
  public static NDArray rowSquares(NDArray weight, NDManager manager) {
    try (NDManager scope = manager.newSubManager()) {
      NDArray own = weight.stopGradient();
      own.attach(scope);
      NDArray squares = own.square().sum(new int[] {1});
      squares.attach(manager);
      return squares;
    }
  }

  /**
   * The length of each row of W + scaling · B A, which is what m starts as.
   *
   * @param base gives W
   * @param rowSquares ‖w‖² of each row of W, shape (out)
   * @param a the factor A, shape (rank, in)
   * @param b the factor B, shape (out, rank)
   * @param scale the scaling, a scalar
   * @param manager owns the result
   * @return shape (out)
   */
  public static NDArray norms(
      FrozenLinear base,
      NDArray rowSquares,
      NDArray a,
      NDArray b,
      NDArray scale,
      NDManager manager) {
    try (NDManager scope = manager.newSubManager()) {
      NDArray factorA = constant(a, scope);
      NDArray factorB = constant(b, scope);
      NDArray s = constant(scale, scope);
      NDArray once = base.product(factorA).transpose(); // W Aᵀ, (out, rank)
      NDArray twice = factorB.matMul(factorA.matMul(factorA.transpose())).mul(s); // s · B A Aᵀ
      NDArray cross = factorB.mul(once.add(once).add(twice)).sum(new int[] {1}).mul(s);
      NDArray norms = cross.add(constant(rowSquares, scope)).sqrt();
      norms.attach(manager);
      return norms;
    }
  }

  private static NDArray constant(NDArray array, NDManager scope) {
    NDArray constant = array.stopGradient();
    constant.attach(scope);
    return constant;
  }

  /**
   * The magnitude m.
   *
   * @return the parameter, shape (out)
   */
  public Parameter magnitude() {
    return magnitude;
  }

  /**
   * 1 / ‖W + scaling · B A‖, a constant in the backward pass.
   *
   * @param a the factor A, shape (rank, in)
   * @param b the factor B, shape (out, rank)
   * @param scale the scaling, a scalar
   * @param manager owns the result
   * @return shape (out)
   */
  public NDArray inverseNorms(NDArray a, NDArray b, NDArray scale, NDManager manager) {
    try (NDManager scope = manager.newSubManager()) {
      NDArray inverse = norms(base, rowSquares, a, b, scale, scope).pow(-1);
      inverse.attach(manager);
      return inverse;
    }
  }

  @Override
  public Map<TensorRole, Parameter> parameters() {
    return Map.of(TensorRole.LORA_MAGNITUDE, magnitude);
  }

  @Override
  public NDArray forward(VariantInput input) {
    NDArray rescaling =
        inverseNorms(input.a(), input.b(), input.scale(), input.x().getManager())
            .mul(input.value(TensorRole.LORA_MAGNITUDE));
    Optional<NDArray> bias = base.biasInUse();
    if (!input.drops()) {
      NDArray y = bias.map(input.y()::sub).orElse(input.y());
      NDArray sum = input.updated(y).mul(rescaling);
      return bias.map(sum::add).orElse(sum);
    }
    // The base sees x whole, all that is rescaled sees it dropped.
    NDArray dropped = base.product(input.dropped());
    NDArray update = input.updated(dropped.zerosLike());
    return input.y().sub(dropped).add(dropped.add(update).mul(rescaling));
  }

  @Override
  public NDArray merged(LoraAdapter adapter, NDArray weight, NDManager manager) {
    NDArray sum = adapter.delta(manager).addi(weight);
    try (NDManager scope = manager.newSubManager()) {
      NDArray squares = rowSquares(sum, scope);
      NDArray m = constant(magnitude.getArray(), scope);
      return sum.muli(m.div(squares.sqrt()).expandDims(1));
    }
  }

  @Override
  public void close() {
    rowSquares.close();
    magnitude.close();
  }
}
