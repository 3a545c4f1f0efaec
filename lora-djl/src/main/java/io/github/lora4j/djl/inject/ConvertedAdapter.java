// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.Initialization;
import io.github.lora4j.LoraAdapter;
import io.github.lora4j.LoraConfig;
import io.github.lora4j.LoraConfigBuilder;
import io.github.lora4j.djl.format.StoredType;
import io.github.lora4j.djl.format.TensorEntry;
import io.github.lora4j.peft.PeftTensor;
import io.github.lora4j.peft.TensorRole;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BinaryOperator;

/**
 * An adapter over a residual, W − s · B₀ A₀, as one over W (PEFT: {@code
 * path_initial_model_for_weight_conversion}): A' = [A; A₀], B' = [B, −B₀], of twice the rank, with
 * the scaling it had.
 */
final class ConvertedAdapter implements StoredAdapter {
  private final PlannedAdapter adapter;
  private final Map<String, LoraAdapter> initial;

  /**
   * Prepares the conversion.
   *
   * @param adapter the adapter
   * @param initial what its factors started as, by module
   */
  ConvertedAdapter(PlannedAdapter adapter, Map<String, LoraAdapter> initial) {
    this.adapter = adapter;
    this.initial = Map.copyOf(initial);
  }

  @Override
  public LoraConfig config() {
    LoraConfig config = adapter.config();
    double factor = config.rankStabilized() ? Math.sqrt(2) : 2;
    LoraConfigBuilder converted =
        config.toBuilder()
            .rank(2 * config.rank())
            .alpha(factor * config.alpha())
            .initialization(Initialization.KAIMING_UNIFORM);
    config.rankPattern().forEach((key, rank) -> converted.rankPattern(key, 2 * rank));
    config.alphaPattern().forEach((key, alpha) -> converted.alphaPattern(key, factor * alpha));
    return converted.build();
  }

  @Override
  public List<PeftTensor> storedTensors() {
    return adapter.storedTensors();
  }

  @Override
  public Optional<TensorEntry> ownEntry(String name, PeftTensor tensor) {
    LoraAdapter start = initial.get(tensor.module());
    if (start == null) {
      return adapter.ownEntry(name, tensor);
    }
    return switch (tensor.role()) {
      case LORA_A -> Optional.of(entry(name, tensor, start.a().getArray(), ConvertedAdapter::rows));
      case LORA_B ->
          Optional.of(entry(name, tensor, start.b().getArray(), ConvertedAdapter::columns));
      default -> adapter.ownEntry(name, tensor);
    };
  }

  private TensorEntry entry(
      String name, PeftTensor tensor, NDArray start, BinaryOperator<NDArray> join) {
    NDArray now = Objects.requireNonNull(adapter.trained().get(tensor), name).getArray();
    Shape shape = now.getShape();
    Shape doubled =
        tensor.role() == TensorRole.LORA_A
            ? new Shape(2 * shape.get(0), shape.get(1))
            : new Shape(shape.get(0), 2 * shape.get(1));
    return TensorEntry.computed(name, doubled, StoredType.F32, () -> join.apply(now, start));
  }

  /** [A; A₀]. */
  private static NDArray rows(NDArray now, NDArray start) {
    try (NDArray values = now.stopGradient()) {
      return values.concat(start, 0);
    }
  }

  /** [B, −B₀]. */
  private static NDArray columns(NDArray now, NDArray start) {
    try (NDArray values = now.stopGradient();
        NDArray minus = start.neg()) {
      return values.concat(minus, 1);
    }
  }
}
