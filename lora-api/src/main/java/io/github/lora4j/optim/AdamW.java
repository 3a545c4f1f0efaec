package io.github.lora4j.optim;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.ParameterTracker;
import ai.djl.training.tracker.Tracker;
import io.github.lora4j.ConfigurationException;
import java.util.Map;
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
  private @Nullable Scalars scalars;

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
    Scalars scalars = scalars(weight, state.step, rate);
    try (NDManager scope = grad.getManager().newSubManager()) {
      NDArray g = grad.stopGradient();
      g.attach(scope);
      weight.muli(scalars.keep);
      state.mean.muli(scalars.beta1).addi(g.mul(scalars.rest1));
      state.variance.muli(scalars.beta2).addi(g.square().muli(scalars.rest2));
      NDArray root = state.variance.sqrt();
      root.attach(scope);
      NDArray denominator = root.divi(scalars.rootCorrection).addi(scalars.epsilon);
      NDArray change = state.mean.div(denominator);
      change.attach(scope);
      weight.subi(change.muli(scalars.pace));
    }
  }

  /** The numbers of a step as arrays: the same for all parameters, and made once. */
  private Scalars scalars(NDArray weight, int step, float rate) {
    Scalars known = scalars;
    if (known != null && known.step == step && known.rate == rate) {
      return known;
    }
    if (known != null) {
      known.close();
    }
    Scalars made = new Scalars(stateManager(weight).newSubManager(), step, rate);
    scalars = made;
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

  /** Frees the state; the next update begins anew. */
  @Override
  public void close() {
    states.clear();
    scalars = null;
    if (manager != null) {
      manager.close();
      manager = null;
    }
  }

  /** An operator on a Java number makes an array of it first, at ten times its own cost. */
  private final class Scalars {
    private final NDManager scope;
    private final int step;
    private final float rate;
    private final NDArray keep;
    private final NDArray pace;
    private final NDArray rootCorrection;
    private final NDArray epsilon;
    private final NDArray beta1;
    private final NDArray rest1;
    private final NDArray beta2;
    private final NDArray rest2;

    Scalars(NDManager scope, int step, float rate) {
      this.scope = scope;
      this.step = step;
      this.rate = rate;
      keep = scope.create(1 - rate * decay);
      pace = scope.create((float) (rate / (1 - Math.pow(AdamW.this.beta1, step))));
      rootCorrection = scope.create((float) Math.sqrt(1 - Math.pow(AdamW.this.beta2, step)));
      epsilon = scope.create(AdamW.this.epsilon);
      beta1 = scope.create(AdamW.this.beta1);
      rest1 = scope.create(1 - AdamW.this.beta1);
      beta2 = scope.create(AdamW.this.beta2);
      rest2 = scope.create(1 - AdamW.this.beta2);
    }

    void close() {
      scope.close();
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
