// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.optim;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.optimizer.Optimizer;
import io.github.lora4j.TrainingException;
import io.github.lora4j.spi.AdamWStep;
import io.github.lora4j.spi.OptimizerKernels;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter, 2019), as torch computes it ({@code
 * torch.optim.AdamW}): both moments are corrected for their bias before epsilon is added. A step is
 * torch's to about one unit in the last place, which is what a fused multiplication and addition
 * makes.
 *
 * <p>The state is float32 and lies with the first weight's manager until {@link #close}. On the CPU
 * a parameter is stepped in one pass, elsewhere by operators.
 */
public final class AdamW extends Optimizer implements StatefulOptimizer, AutoCloseable {
  private static final String NAME = "AdamW";

  private final AdamWSettings settings;
  private final OptimizerKernels kernels;
  private final Map<String, Moments> states = new ConcurrentHashMap<>();
  private RestoredNames restoredNames = new RestoredNames(NAME, List.of());
  private @Nullable RestoredMoments restored;
  private @Nullable NDManager manager;
  private @Nullable AdamWOperators operators;

  private AdamW(Builder builder) {
    super(builder);
    settings = builder.settings();
    kernels = builder.kernels;
  }

  /**
   * Starts with the defaults of {@link AdamWBuilder}.
   *
   * @return the builder
   */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Updates one parameter in place and clears the gradient that the engine keeps for it, as DJL's
   * trainer expects.
   *
   * @param parameterId names the parameter's state
   * @param weight the parameter
   * @param grad its gradient, same shape; zeros afterwards if it is the one the engine keeps
   */
  @Override
  public void update(String parameterId, NDArray weight, NDArray grad) {
    String name = settings.name(parameterId);
    restoredNames.claim(name, states.containsKey(name));
    Moments state = states.computeIfAbsent(name, n -> newState(n, weight));
    state.step++;
    AdamWStep step = settings.step(parameterId, state.step);
    if (!updateMemory(weight, grad, state, step)) {
      operators(weight, step).update(weight, grad, state.mean, state.variance);
    }
    WeightGradient.clear(kernels, weight);
  }

  /** False if a kernel cannot reach one of the arrays; nothing was changed then. */
  private boolean updateMemory(NDArray weight, NDArray grad, Moments state, AdamWStep step) {
    long values = weight.size();
    for (long from = 0; from < values; from += ArrayValues.LARGEST_PART) {
      int count = (int) Math.min(ArrayValues.LARGEST_PART, values - from);
      Optional<ByteBuffer> parameter = kernels.memory(weight, from, count);
      Optional<ByteBuffer> gradient = kernels.memory(grad, from, count);
      Optional<ByteBuffer> mean = kernels.memory(state.mean, from, count);
      Optional<ByteBuffer> variance = kernels.memory(state.variance, from, count);
      if (parameter.isEmpty() || gradient.isEmpty() || mean.isEmpty() || variance.isEmpty()) {
        return false;
      }
      kernels.adamW(parameter.get(), gradient.get(), mean.get(), variance.get(), step);
    }
    return true;
  }

  /** The numbers of a step as arrays are the same for most parameters, and made once. */
  private AdamWOperators operators(NDArray weight, AdamWStep step) {
    AdamWOperators known = operators;
    if (known != null && known.step().equals(step)) {
      return known;
    }
    if (known != null) {
      known.close();
    }
    AdamWOperators made = new AdamWOperators(stateManager(weight).newSubManager(), step);
    operators = made;
    return made;
  }

  private Moments newState(String name, NDArray weight) {
    NDManager owner = stateManager(weight);
    Shape shape = weight.getShape();
    return Optional.ofNullable(restored)
        .flatMap(saved -> saved.take(name, shape, owner))
        .orElseGet(() -> Moments.zeros(owner, shape));
  }

  private NDManager stateManager(NDArray weight) {
    if (manager == null) {
      manager = weight.getManager().newSubManager();
    }
    return manager;
  }

  @Override
  public void forget(String parameterId) {
    String name = settings.name(parameterId);
    Moments state = states.remove(name);
    if (state != null) {
      state.close();
    } else if (restored != null) {
      restored.forget(name);
    }
  }

  /**
   * {@inheritDoc} The tensors are {@code NAME.step}, {@code NAME.exp_avg} and {@code
   * NAME.exp_avg_sq}, as torch calls them; a {@link PagedAdamW} of 32 bits reads the file too. The
   * learning rate's schedule is not in it, but follows from the steps.
   */
  @Override
  public void save(Path file) {
    new StateWriter(new Arrays(), settings.metadata(Float.SIZE)).write(file);
  }

  /** {@inheritDoc} The state waits in the CPU's memory for the first update of its parameter. */
  @Override
  public void restore(Path file) {
    if (!all().isEmpty()) {
      throw new TrainingException(
          "AdamW: has state of %d parameters, expected none; restore into a new optimizer"
              .formatted(all().size()));
    }
    close();
    try (StateReader reader = StateReader.open(file)) {
      reader.requireMetadata(settings.metadata(Float.SIZE));
      RestoredMoments read = RestoredMoments.read(reader, kernels);
      restored = read;
      restoredNames = new RestoredNames(NAME, read.waiting().keySet());
    }
  }

  /** The moments in use, and those that wait. */
  private Map<String, Moments> all() {
    Map<String, Moments> all = new TreeMap<>(states);
    if (restored != null) {
      all.putAll(restored.waiting());
    }
    return all;
  }

  /** Frees the state; the next update begins anew. */
  @Override
  public void close() {
    states.clear();
    operators = null;
    restoredNames = new RestoredNames(NAME, List.of());
    if (manager != null) {
      manager.close();
      manager = null;
    }
    if (restored != null) {
      restored.close();
      restored = null;
    }
  }

  /** The state as it is saved. */
  private final class Arrays implements StatePlanes {
    private final Map<String, Moments> moments = all();

    @Override
    public Map<String, ParameterState> parameters() {
      Map<String, ParameterState> parameters = new LinkedHashMap<>();
      moments.forEach((name, state) -> parameters.put(name, state.description()));
      return parameters;
    }

    @Override
    public void look(Visitor visitor) throws IOException {
      for (Map.Entry<String, Moments> entry : moments.entrySet()) {
        entry.getValue().look(entry.getKey(), kernels, visitor);
      }
    }
  }

  /** Collects the settings. */
  public static final class Builder extends AdamWBuilder<Builder> {
    private OptimizerKernels kernels = OptimizerKernels.get();

    Builder() {
      super(NAME);
    }

    @Override
    protected Builder self() {
      return this;
    }

    Builder kernels(OptimizerKernels value) {
      kernels = value;
      return this;
    }

    /**
     * Builds the optimizer.
     *
     * @return the optimizer, without state
     */
    public AdamW build() {
      return new AdamW(this);
    }
  }
}
