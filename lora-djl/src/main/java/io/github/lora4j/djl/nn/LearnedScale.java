// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Parameter;
import io.github.lora4j.djl.kernel.TorchOp;
import io.github.lora4j.djl.kernel.TorchOps;
import java.util.Map;

/** x ⊙ l, one learned factor a feature (Liu et al., 2022, section 3.3). */
public final class LearnedScale implements LearnedPiece {
  private static final String SCALE =
      """
        def forward(self: __torch__.Op, x: Tensor, l: Tensor) -> Tensor:
          return torch.mul(x, torch.flatten(l))
      """;

  private final String name;
  private final Parameter scale;
  private final TorchOp op;

  /**
   * Scales rows.
   *
   * @param ops the operators
   * @param name the scale's name below the module's
   * @param scale l, of one element a feature, in any shape
   */
  public LearnedScale(TorchOps ops, String name, Parameter scale) {
    this.name = name;
    this.scale = scale;
    op = ops.op(SCALE);
  }

  @Override
  public NDArray apply(NDArray x) {
    return op.apply(x, scale.getArray());
  }

  @Override
  public Map<String, Parameter> parameters() {
    return Map.of(name, scale);
  }
}
