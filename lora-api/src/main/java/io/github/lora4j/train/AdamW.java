package io.github.lora4j.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.ParameterTracker;
import ai.djl.training.tracker.Tracker;
import io.github.lora4j.ConfigurationException;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter, 2019), number for number as torch
 * computes it ({@code torch.optim.AdamW}): both moments are corrected for their bias before epsilon
 * is added.
 *
 * <p>The state is float32 and lies with the first weight's manager until {@link #close}.
 */
public final class AdamW extends Optimizer implements AutoCloseable {
  private final ParameterTracker learningRate;
  private final float beta1;
  private final float beta2;
  private final float epsilon;
  private final float decay;
  private final Map<String, State> states = new ConcurrentHashMap<>();
  private @Nullable NDManager manager;

  private AdamW(Builder builder) {
    super(builder);
    learningRate = builder.learningRate;
    beta1 = builder.beta1;
    beta2 = builder.beta2;
    epsilon = builder.epsilon;
    decay = builder.decay;
  }

  /**
   * Starts with torch's defaults: learning rate 1e-3, betas 0.9 and 0.999, epsilon 1e-8, weight
   * decay 0.01.
   *
   * @return the builder
   */
  public static Builder builder() {
    return new Builder();
  }

  /**
   * Updates one parameter in place.
   *
   * @param parameterId names the parameter's state
   * @param weight the parameter
   * @param grad its gradient, same shape; not changed
   */
  @Override
  public void update(String parameterId, NDArray weight, NDArray grad) {
    State state = states.computeIfAbsent(parameterId, id -> newState(weight));
    state.step++;
    float rate = learningRate.getNewValue(parameterId, state.step);
    try (NDManager scope = grad.getManager().newSubManager()) {
      NDArray g = grad.stopGradient();
      g.attach(scope);
      weight.muli(1 - rate * decay);
      state.mean.muli(beta1).addi(g.mul(1 - beta1));
      state.variance.muli(beta2).addi(g.square().muli(1 - beta2));
      double meanCorrection = 1 - Math.pow(beta1, state.step);
      double varianceCorrection = 1 - Math.pow(beta2, state.step);
      NDArray root = state.variance.sqrt();
      root.attach(scope);
      NDArray denominator = root.divi((float) Math.sqrt(varianceCorrection)).addi(epsilon);
      NDArray change = state.mean.div(denominator);
      change.attach(scope);
      weight.subi(change.muli((float) (rate / meanCorrection)));
    }
  }

  private State newState(NDArray weight) {
    if (manager == null) {
      manager = weight.getManager().newSubManager();
    }
    return new State(
        Objects.requireNonNull(manager).zeros(weight.getShape()),
        Objects.requireNonNull(manager).zeros(weight.getShape()));
  }

  /** Frees the state; the next update begins anew. */
  @Override
  public void close() {
    states.clear();
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
  public static final class Builder extends OptimizerBuilder<Builder> {
    private ParameterTracker learningRate = Tracker.fixed(1e-3f);
    private float beta1 = 0.9f;
    private float beta2 = 0.999f;
    private float epsilon = 1e-8f;
    private float decay = 0.01f;

    Builder() {}

    @Override
    protected Builder self() {
      return this;
    }

    /**
     * Sets a constant learning rate.
     *
     * @param rate the rate, at least 0
     * @return this
     */
    public Builder learningRate(float rate) {
      if (!(rate >= 0)) {
        throw new ConfigurationException("AdamW: learningRate must be at least 0, was " + rate);
      }
      return learningRate(Tracker.fixed(rate));
    }

    /**
     * Sets a learning rate that changes.
     *
     * @param tracker gives the rate of each step, counted from 1
     * @return this
     */
    public Builder learningRate(ParameterTracker tracker) {
      learningRate = tracker;
      return this;
    }

    /**
     * Sets the decay of the two moments.
     *
     * @param first of the mean, [0, 1)
     * @param second of the variance, [0, 1)
     * @return this
     */
    public Builder betas(float first, float second) {
      requireFraction("the first beta", first);
      requireFraction("the second beta", second);
      beta1 = first;
      beta2 = second;
      return this;
    }

    /**
     * Sets what is added to the root of the variance.
     *
     * @param value above 0
     * @return this
     */
    public Builder epsilon(float value) {
      if (!(value > 0)) {
        throw new ConfigurationException("AdamW: epsilon must be above 0, was " + value);
      }
      epsilon = value;
      return this;
    }

    /**
     * Sets the decoupled weight decay.
     *
     * @param value at least 0
     * @return this
     */
    public Builder weightDecay(float value) {
      if (!(value >= 0)) {
        throw new ConfigurationException("AdamW: weightDecay must be at least 0, was " + value);
      }
      decay = value;
      return this;
    }

    private static void requireFraction(String what, float value) {
      if (!(value >= 0 && value < 1)) {
        throw new ConfigurationException(
            "AdamW: " + what + " must be at least 0 and below 1, was " + value);
      }
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
