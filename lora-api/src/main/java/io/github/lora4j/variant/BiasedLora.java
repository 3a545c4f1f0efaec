// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.variant;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import io.github.lora4j.LoraAdapter;
import io.github.lora4j.peft.TensorRole;
import java.util.Map;
import java.util.Optional;

/** LoRA whose B has a bias b: {@code y = base(x) + scaling · (B A x + b)} (PEFT: lora_bias). */
public final class BiasedLora implements LoraVariant {
  private final Parameter bias;

  private BiasedLora(Parameter bias) {
    this.bias = bias;
  }

  /**
   * Takes ownership of a bias.
   *
   * @param bias b, shape (out)
   * @return the variant
   */
  public static BiasedLora own(NDArray bias) {
    return new BiasedLora(LoraAdapter.parameter("lora_B.bias", bias));
  }

  @Override
  public Map<TensorRole, Parameter> parameters() {
    return Map.of(TensorRole.LORA_B_BIAS, bias);
  }

  @Override
  public NDArray forward(VariantInput input) {
    NDArray sum = input.updated(input.y());
    NDArray scale = input.scale().stopGradient();
    scale.attach(sum.getManager());
    return sum.add(scale.mul(input.value(TensorRole.LORA_B_BIAS)));
  }

  @Override
  public NDArray merged(LoraAdapter adapter, NDArray weight, NDManager manager) {
    return adapter.delta(manager).addi(weight);
  }

  @Override
  public boolean changesBias() {
    return true;
  }

  @Override
  public Optional<NDArray> biasDelta(LoraAdapter adapter, NDManager manager) {
    NDArray delta = bias.getArray().duplicate();
    delta.attach(manager);
    return Optional.of(delta.muli(adapter.scaling()));
  }

  @Override
  public void close() {
    bias.close();
  }
}
