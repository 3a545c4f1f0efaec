package io.github.lora4j.optim;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.training.optimizer.Optimizer;
import io.github.lora4j.spi.AdamWStep;
import io.github.lora4j.spi.OptimizerKernels;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Optional;
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
  private final AdamWSettings settings;
  private final OptimizerKernels kernels;
  private final Map<String, State> states = new ConcurrentHashMap<>();
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
    State state = states.computeIfAbsent(parameterId, id -> newState(weight));
    state.step++;
    AdamWStep step = settings.step(parameterId, state.step);
    if (!updateMemory(weight, grad, state, step)) {
      operators(weight, step).update(weight, grad, state.mean, state.variance);
    }
    WeightGradient.clear(kernels, weight);
  }

  /** False if a kernel cannot reach one of the arrays; nothing was changed then. */
  private boolean updateMemory(NDArray weight, NDArray grad, State state, AdamWStep step) {
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

  private State newState(NDArray weight) {
    NDManager owner = stateManager(weight);
    return new State(owner.zeros(weight.getShape()), owner.zeros(weight.getShape()));
  }

  private NDManager stateManager(NDArray weight) {
    if (manager == null) {
      manager = weight.getManager().newSubManager();
    }
    return manager;
  }

  @Override
  public void forget(String parameterId) {
    State state = states.remove(parameterId);
    if (state != null) {
      state.mean.close();
      state.variance.close();
    }
  }

  /** Frees the state; the next update begins anew. */
  @Override
  public void close() {
    states.clear();
    operators = null;
    if (manager != null) {
      manager.close();
      manager = null;
    }
  }

  private static final class State {
    private final NDArray mean;
    private final NDArray variance;
    private int step;

    State(NDArray mean, NDArray variance) {
      this.mean = mean;
      this.variance = variance;
    }
  }

  /** Collects the settings. */
  public static final class Builder extends AdamWBuilder<Builder> {
    private OptimizerKernels kernels = OptimizerKernels.get();

    Builder() {
      super("AdamW");
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
