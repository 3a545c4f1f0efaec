// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.github.lora4j.djl.kernel.FewRows;
import io.github.lora4j.djl.kernel.LinearProducts;
import java.util.Optional;

/**
 * A dense weight, always open: the products with an array that someone else owns.
 *
 * @param products the operators
 * @param array W, shape (out, in)
 */
public record DenseWeight(LinearProducts products, NDArray array)
    implements LinearWeight, OpenWeight {
  @Override
  public int in() {
    return Math.toIntExact(array.getShape().get(1));
  }

  @Override
  public int out() {
    return Math.toIntExact(array.getShape().get(0));
  }

  @Override
  public OpenWeight open(NDManager manager) {
    return this;
  }

  @Override
  public NDArray product(NDArray x, Optional<NDArray> bias, Optional<NDArray> residual) {
    if (bias.isEmpty()) {
      return residual.isEmpty()
          ? products.product().apply(x, array)
          : products.productOnto().apply(x, array, residual.get());
    }
    return residual.isEmpty()
        ? products.productWithBias().apply(x, array, bias.get())
        : products.productWithBiasOnto().apply(x, array, bias.get(), residual.get());
  }

  @Override
  public NDArray inferenceProduct(NDArray x, Optional<NDArray> bias, Optional<NDArray> residual) {
    return FewRows.product(x, array, bias, residual).orElseGet(() -> product(x, bias, residual));
  }

  @Override
  public NDArray inputGradient(NDArray dy) {
    return products.inputGradient().apply(dy, array);
  }

  /** {@inheritDoc} The array is its owner's to close. */
  @Override
  public void close() {}
}
