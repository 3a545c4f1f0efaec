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
 * A variant over the weight less what its factors started as (PiSSA, OLoRA):
 *
 * <pre>y = (W − scaling · B₀ A₀) x + scaling · B A x</pre>
 *
 * <p>W − scaling · B₀ A₀ is not written out, so that no second weight is held and the base stays as
 * it is: B₀ A₀ x is taken off the base's result. Stored so, as [A; A₀] and [B, −B₀], it is an
 * ordinary adapter of twice the rank (PEFT: {@code path_initial_model_for_weight_conversion}).
 */
public final class ResidualLora implements LoraVariant {
  private final LoraVariant inner;
  private final LoraAdapter initial;
  private final NDArray negativeScale;

  private ResidualLora(LoraVariant inner, LoraAdapter initial, NDArray negativeScale) {
    this.inner = inner;
    this.initial = initial;
    this.negativeScale = negativeScale;
  }

  /**
   * Takes ownership of a variant and of what its factors started as.
   *
   * @param inner what is computed over the residual
   * @param initial A₀, B₀ and the scaling
   * @return the variant
   */
  public static ResidualLora own(LoraVariant inner, LoraAdapter initial) {
    NDManager manager = initial.scale().getManager();
    return new ResidualLora(inner, initial, manager.create((float) -initial.scaling()));
  }

  @Override
  public Optional<LoraAdapter> initial() {
    return Optional.of(initial);
  }

  @Override
  public Map<TensorRole, Parameter> parameters() {
    return inner.parameters();
  }

  @Override
  public NDArray forward(VariantInput input) {
    NDArray a = initial.a().getArray();
    NDArray b = initial.b().getArray();
    return inner.forward(input.over(input.update().add(input.x(), input.y(), a, b, negativeScale)));
  }

  /**
   * The adapter's base, W − scaling · B₀ A₀.
   *
   * @param weight W, shape (out, in); left as it is
   * @param initial A₀, B₀ and the scaling
   * @param manager owns the result
   * @return shape (out, in)
   */
  public static NDArray residual(NDArray weight, LoraAdapter initial, NDManager manager) {
    return initial.delta(manager).negi().addi(weight);
  }

  @Override
  public NDArray merged(LoraAdapter adapter, NDArray weight, NDManager manager) {
    try (NDArray residual = residual(weight, initial, manager)) {
      return inner.merged(adapter, residual, manager);
    }
  }

  @Override
  public boolean changesBias() {
    return inner.changesBias();
  }

  @Override
  public Optional<NDArray> biasDelta(LoraAdapter adapter, NDManager manager) {
    return inner.biasDelta(adapter, manager);
  }

  @Override
  public void close() {
    inner.close();
    initial.close();
    negativeScale.close();
  }
}
