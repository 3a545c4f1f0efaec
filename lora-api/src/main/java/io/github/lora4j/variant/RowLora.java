// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.variant;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import io.github.lora4j.LoraAdapter;
import io.github.lora4j.peft.TensorRole;
import java.util.Map;

/**
 * LoRA on some rows of a weight, such as the queries' of a fused projection of queries, keys and
 * values:
 *
 * <pre>y = base(x) + scaling · (m ⊙ B) A x</pre>
 *
 * <p>m is one on the chosen rows and zero on the others. B starts at zero and gets no gradient
 * where m is zero, so that it stays zero there and, stored, is the B of an ordinary adapter. All
 * chosen rows share A: it is LoRA on the matrix of these rows (Hu et al. 2021, section 4.2, adapts
 * the maps of queries and values; microsoft/LoRA's {@code MergedLinear} gives each part an A of its
 * own, which for one part is the same).
 */
public final class RowLora implements LoraVariant {
  private final NDArray mask;

  private RowLora(NDArray mask) {
    this.mask = mask;
  }

  /**
   * Takes ownership of a mask.
   *
   * @param mask m, shape (out, 1), ones and zeros
   * @return the variant
   */
  public static RowLora own(NDArray mask) {
    return new RowLora(mask);
  }

  @Override
  public Map<TensorRole, Parameter> parameters() {
    return Map.of();
  }

  @Override
  public NDArray forward(VariantInput input) {
    NDArray rows = mask.stopGradient();
    rows.attach(input.x().getManager());
    NDArray b = rows.mul(input.b());
    return input.update().add(input.dropped(), input.y(), input.a(), b, input.scale());
  }

  /** {@inheritDoc} It does, for B is zero where m is. */
  @Override
  public boolean infersAsPlain() {
    return true;
  }

  @Override
  public NDArray merged(LoraAdapter adapter, NDArray weight, NDManager manager) {
    return adapter.delta(manager).addi(weight);
  }

  @Override
  public void close() {
    mask.close();
  }
}
