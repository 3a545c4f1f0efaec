// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.optim;

import ai.djl.nn.Block;
import ai.djl.training.optimizer.Optimizer.OptimizerBuilder;
import ai.djl.training.tracker.ParameterTracker;
import ai.djl.training.tracker.Tracker;
import io.github.lora4j.ConfigurationException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The settings that all forms of AdamW share, with torch's defaults: learning rate 1e-3, betas 0.9
 * and 0.999, epsilon 1e-8, weight decay 0.01.
 *
 * @param <B> the builder itself
 */
public abstract sealed class AdamWBuilder<B extends AdamWBuilder<B>> extends OptimizerBuilder<B>
    permits AdamW.Builder, PagedAdamW.Builder {
  private final String optimizer;
  private ParameterTracker learningRate = Tracker.fixed(1e-3f);
  private double beta1 = 0.9;
  private double beta2 = 0.999;
  private double epsilon = 1e-8;
  private double weightDecay = 0.01;
  private final List<ParameterGroup> groups = new ArrayList<>();
  private final Map<String, String> names = new HashMap<>();

  AdamWBuilder(String optimizer) {
    this.optimizer = optimizer;
  }

  @Override
  protected abstract B self();

  /**
   * Sets a constant learning rate.
   *
   * @param rate the rate, at least 0
   * @return this
   * @throws ConfigurationException if it is below 0
   */
  public B learningRate(float rate) {
    SettingCheck.notNegative(where("learningRate"), rate);
    return learningRate(Tracker.fixed(rate));
  }

  /**
   * Sets a learning rate that changes.
   *
   * @param tracker gives the rate of each step, counted from 1
   * @return this
   */
  public B learningRate(ParameterTracker tracker) {
    learningRate = Objects.requireNonNull(tracker, "tracker");
    return self();
  }

  /**
   * Sets the decay of the two moments.
   *
   * @param first of the mean, [0, 1)
   * @param second of the variance, [0, 1)
   * @return this
   * @throws ConfigurationException if one is out of range
   */
  public B betas(double first, double second) {
    SettingCheck.fraction(where("the first beta"), first);
    SettingCheck.fraction(where("the second beta"), second);
    beta1 = first;
    beta2 = second;
    return self();
  }

  /**
   * Sets what is added to the root of the variance.
   *
   * @param value above 0
   * @return this
   * @throws ConfigurationException if it is not above 0
   */
  public B epsilon(double value) {
    SettingCheck.positive(where("epsilon"), value);
    epsilon = value;
    return self();
  }

  /**
   * Sets the decoupled weight decay of the parameters whose group says nothing else.
   *
   * @param value at least 0
   * @return this
   * @throws ConfigurationException if it is below 0
   */
  public B weightDecay(double value) {
    SettingCheck.notNegative(where("weightDecay"), value);
    weightDecay = value;
    return self();
  }

  /**
   * Adds a group of parameters with settings of their own. The first group that holds a parameter
   * counts; those in none have the optimizer's settings.
   *
   * @param group the group
   * @return this
   */
  public B group(ParameterGroup group) {
    groups.add(Objects.requireNonNull(group, "group"));
    return self();
  }

  /**
   * Tells the names of a block's parameters. The trainers of this library update parameters under
   * their names; DJL's own trainer under ids that are new in each process, so that groups and saved
   * state need this there.
   *
   * @param block the block that is trained, with its parameters in place
   * @return this
   */
  public B namesOf(Block block) {
    block.getParameters().forEach(entry -> names.put(entry.getValue().getId(), entry.getKey()));
    return self();
  }

  /**
   * {@inheritDoc}
   *
   * @throws ConfigurationException always, as 1 is the only factor; a loss that is a mean needs no
   *     other
   */
  @Override
  public B setRescaleGrad(float factor) {
    throw unsupported("setRescaleGrad", "scale the loss");
  }

  /**
   * {@inheritDoc}
   *
   * @throws ConfigurationException always: this is DJL's decay within the gradient
   */
  @Override
  public B optWeightDecays(float value) {
    throw unsupported("optWeightDecays", "set weightDecay, which is decoupled");
  }

  /**
   * {@inheritDoc}
   *
   * @throws ConfigurationException always: an optimizer sees one parameter at a time, and clipping
   *     value by value changes the gradient's direction
   */
  @Override
  public B optClipGrad(float value) {
    throw unsupported("optClipGrad", "set FineTunerBuilder.maxGradientNorm");
  }

  /**
   * {@inheritDoc}
   *
   * @throws ConfigurationException always: a step number without its moments is no state
   */
  @Override
  public B optBeginNumUpdate(int value) {
    throw unsupported("optBeginNumUpdate", "restore saved state by PagedAdamW.restore");
  }

  private ConfigurationException unsupported(String option, String instead) {
    return new ConfigurationException(
        "%s: %s of DJL's optimizers is not supported; %s instead"
            .formatted(optimizer, option, instead));
  }

  private String where(String option) {
    return optimizer + ": " + option;
  }

  AdamWSettings settings() {
    return new AdamWSettings(learningRate, beta1, beta2, epsilon, weightDecay, groups, names);
  }
}
