// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import io.github.lora4j.AdaLoraConfig;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.LoraAdapter;
import io.github.lora4j.djl.format.StoredType;
import io.github.lora4j.djl.format.TensorEntry;
import io.github.lora4j.djl.inject.allocation.SvdFactors;
import io.github.lora4j.peft.PeftTensor;
import io.github.lora4j.peft.TensorRole;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * An AdaLoRA adapter: low-rank factors whose ranks are allocated in training. In memory they keep
 * the rank they started with, with zeros among the singular values; the file holds the ranks that
 * are left (PEFT: {@code resize_state_dict_by_rank_pattern}).
 */
final class AdaLoraAdapter implements InstalledAdapter {
  private final NetworkAdapter network;
  private AdaLoraConfig config;

  AdaLoraAdapter(NetworkAdapter network, AdaLoraConfig config) {
    this.network = network;
    this.config = config;
  }

  @Override
  public AdaLoraConfig config() {
    return config;
  }

  /** Remembers the ranks that are left to the modules. */
  void keepRanks(Map<String, List<Boolean>> pattern) {
    if (!pattern.equals(config.rankPattern())) {
      config = config.toBuilder().rankPattern(pattern).build();
    }
  }

  @Override
  public Optional<StepHook> stepHook(OptionalInt runLength) {
    int totalSteps = config.totalSteps().orElseGet(() -> runLength.orElseThrow(this::noLength));
    config = config.toBuilder().totalSteps(totalSteps).build();
    return Optional.of(new AdaLoraHook(this, factors(), totalSteps));
  }

  private ConfigurationException noLength() {
    return new ConfigurationException(
        "AdaLoraConfig: adapter \"%s\" has no totalSteps, and how long a loop of DJL's is only its caller knows; set totalSteps, or train with FineTuner"
            .formatted(name()));
  }

  private Map<String, SvdFactors> factors() {
    Map<String, SvdFactors> factors = new LinkedHashMap<>();
    network
        .layers()
        .forEach(
            (slot, lora) -> {
              LoraAdapter own = Objects.requireNonNull(lora.adapters().get(name()));
              factors.put(slot.name(), SvdFactors.of(own));
            });
    return factors;
  }

  @Override
  public List<PeftTensor> storedTensors() {
    return network.storedTensors();
  }

  @Override
  public Optional<TensorEntry> ownEntry(String entry, PeftTensor tensor) {
    List<Boolean> kept = config.rankPattern().get(tensor.module());
    Parameter parameter = trained().get(tensor);
    if (kept == null || parameter == null || isWhole(tensor, parameter.getShape(), kept)) {
      return network.ownEntry(entry, tensor);
    }
    NDArray value = parameter.getArray();
    Shape shape = value.getShape();
    int left = config.rankOf(tensor.module());
    boolean columns = tensor.role() == TensorRole.SVD_B;
    Shape cut = columns ? new Shape(shape.get(0), left) : new Shape(left, shape.get(1));
    return Optional.of(
        TensorEntry.computed(entry, cut, StoredType.F32, () -> cut(value, kept, columns)));
  }

  /** Whether a tensor has no rank to be cut, or is cut already. */
  private boolean isWhole(PeftTensor tensor, Shape shape, List<Boolean> kept) {
    return switch (tensor.role()) {
      case SVD_A, SVD_E -> shape.get(0) != kept.size();
      case SVD_B -> shape.get(1) != kept.size();
      default -> true;
    };
  }

  /** The kept rows or columns, picked by a product with rows of the identity, which is exact. */
  private static NDArray cut(NDArray value, List<Boolean> kept, boolean columns) {
    NDManager owner = value.getManager();
    try (NDManager scope = owner.newSubManager()) {
      NDArray values = value.stopGradient();
      values.attach(scope);
      NDArray picked = picks(kept, scope);
      NDArray cut = columns ? values.matMul(picked.transpose()) : picked.matMul(values);
      cut.attach(owner);
      return cut;
    }
  }

  private static NDArray picks(List<Boolean> kept, NDManager scope) {
    int left = (int) kept.stream().filter(Boolean::booleanValue).count();
    Shape shape = new Shape(left, kept.size());
    if (left == 0) {
      return scope.zeros(shape, DataType.FLOAT32);
    }
    float[] picks = new float[left * kept.size()];
    int row = 0;
    for (int rank = 0; rank < kept.size(); rank++) {
      if (kept.get(rank)) {
        picks[row++ * kept.size() + rank] = 1;
      }
    }
    return scope.create(picks, shape);
  }

  @Override
  public InstalledAdapter installed() {
    return network;
  }

  @Override
  public String name() {
    return network.name();
  }

  @Override
  public long replacedParameters() {
    return network.replacedParameters();
  }

  @Override
  public Map<PeftTensor, Parameter> trained() {
    return network.trained();
  }

  @Override
  public void rename(String name) {
    network.rename(name);
  }

  @Override
  public void activate() {
    network.activate();
  }

  @Override
  public void deactivate() {
    network.deactivate();
  }

  @Override
  public void requireRowWise() {
    network.requireRowWise();
  }

  @Override
  public void requireFactorsAlone() {
    network.requireFactorsAlone();
  }

  @Override
  public void close() {
    network.close();
  }
}
