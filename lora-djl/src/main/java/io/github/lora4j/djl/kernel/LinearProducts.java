// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.kernel;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Products with a dense weight, without a graph: oneDNN's on a CPU, which on wide activations runs
 * some 15 % faster than the product libtorch chooses, elsewhere libtorch's.
 *
 * @param product (x [T, in], w [out, in]) → x wᵀ [T, out]
 * @param productWithBias (x, w, b [out]) → x wᵀ + b
 * @param productOnto (x, w, r [T, out]) → x wᵀ + r
 * @param productWithBiasOnto (x, w, b, r) → x wᵀ + b + r
 * @param inputGradient (dy [T, out], w [out, in]) → dy w [T, in]
 */
public record LinearProducts(
    TorchOp product,
    TorchOp productWithBias,
    TorchOp productOnto,
    TorchOp productWithBiasOnto,
    TorchOp inputGradient) {
  private static final Logger LOGGER = LoggerFactory.getLogger(LinearProducts.class);

  /** The products that are fastest where a manager's arrays lie. */
  static LinearProducts of(TorchOps ops, NDManager manager) {
    if (manager.getDevice().isGpu()) {
      return libtorch(ops);
    }
    try {
      LinearProducts oneDnn = oneDnn(ops);
      oneDnn.tryOut(manager);
      return oneDnn;
    } catch (EngineException e) {
      LOGGER.debug("this build of libtorch has no oneDNN; its own products are used", e);
      return libtorch(ops);
    }
  }

  private void tryOut(NDManager manager) {
    try (NDManager scope = manager.newSubManager()) {
      NDArray one = scope.ones(new Shape(1, 1));
      product.apply(one, one);
    }
  }

  static LinearProducts oneDnn(TorchOps ops) {
    return new LinearProducts(
        op(ops, "", "ops.mkldnn._linear_pointwise(x, w, None, \"none\", [], \"\")"),
        op(ops, ", b: Tensor", "ops.mkldnn._linear_pointwise(x, w, b, \"none\", [], \"\")"),
        op(ops, ", r: Tensor", "ops.mkldnn._linear_pointwise(x, r, w, None, \"add\")"),
        op(ops, ", b: Tensor, r: Tensor", "ops.mkldnn._linear_pointwise(x, r, w, b, \"add\")"),
        op(ops, "", "ops.mkldnn._linear_pointwise(x, torch.t(w), None, \"none\", [], \"\")"));
  }

  /**
   * The products that libtorch chooses itself.
   *
   * @param ops where they are compiled
   * @return the products, which work on every device
   */
  public static LinearProducts libtorch(TorchOps ops) {
    return new LinearProducts(
        op(ops, "", "torch.linear(x, w)"),
        op(ops, ", b: Tensor", "torch.linear(x, w, b)"),
        op(ops, ", r: Tensor", "torch.addmm(r, x, torch.t(w))"),
        op(ops, ", b: Tensor, r: Tensor", "torch.add_(torch.linear(x, w, b), r)"),
        op(ops, "", "torch.mm(x, w)"));
  }

  /**
   * The products of float32 inputs with weights of a 16-bit type: inputs are rounded to it, results
   * widened before a bias or a residual is added. libtorch can differentiate them.
   *
   * @param ops where they are compiled
   * @param scalarType the weights' type, libtorch's number for it
   * @return the products, which work on every device
   */
  public static LinearProducts rounding(TorchOps ops, int scalarType) {
    String product = "torch.to(torch.linear(torch.to(x, %d), w), 6)".formatted(scalarType);
    return new LinearProducts(
        op(ops, "", product),
        op(ops, ", b: Tensor", "torch.add(%s, b)".formatted(product)),
        op(ops, ", r: Tensor", "torch.add(%s, r)".formatted(product)),
        op(ops, ", b: Tensor, r: Tensor", "torch.add(torch.add(%s, b), r)".formatted(product)),
        op(ops, "", "torch.to(torch.mm(torch.to(x, %d), w), 6)".formatted(scalarType)));
  }

  private static TorchOp op(TorchOps ops, String more, String expression) {
    return ops.op(
        "  def forward(self: __torch__.Op, x: Tensor, w: Tensor%s) -> Tensor:\n    return %s\n"
            .formatted(more, expression));
  }
}
