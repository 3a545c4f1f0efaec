// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Parameter;
import io.github.lora4j.djl.kernel.TorchOp;
import io.github.lora4j.djl.kernel.TorchOps;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** x + scaling · U f(D x) (Houlsby et al., 2019, section 2.1). */
public final class Bottleneck implements LearnedPiece {
  private static final String BOTTLENECK =
      """
        def forward(self: __torch__.Op, x: Tensor, down: Tensor, downBias: Tensor, up: Tensor, upBias: Tensor) -> Tensor:
          h = torch.%s(torch.linear(x, down, downBias))
          return torch.add(x, torch.linear(h, up, upBias), alpha=%s)
      """;

  private final Map<String, Parameter> parameters;
  private final TorchOp op;

  /**
   * Puts a bottleneck behind rows.
   *
   * @param ops the operators
   * @param function f, a function of torch's
   * @param scaling what the branch is multiplied by
   * @param parameters D (width, features), its bias (width), U (features, width), its bias
   *     (features), in this order, by their names below the module's
   */
  public Bottleneck(
      TorchOps ops, String function, double scaling, Map<String, Parameter> parameters) {
    this.parameters = Collections.unmodifiableMap(new LinkedHashMap<>(parameters));
    op = ops.op(BOTTLENECK.formatted(function, scaling));
  }

  @Override
  public NDArray apply(NDArray x) {
    NDArray[] arguments = new NDArray[parameters.size() + 1];
    arguments[0] = x;
    int next = 1;
    for (Parameter parameter : parameters.values()) {
      arguments[next++] = parameter.getArray();
    }
    return op.apply(arguments);
  }

  @Override
  public Map<String, Parameter> parameters() {
    return parameters;
  }
}
