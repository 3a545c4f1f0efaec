// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.train;

import io.github.lora4j.ConfigurationException;
import java.util.List;

/**
 * Layerwise importance sampled fine-tuning (Pan et al., 2024, arXiv 2403.17919; LMFlow: {@code
 * lisa_activated_layers}, {@code lisa_interval_steps}): at any time a few layers train in full,
 * drawn anew every so many steps, and with them, always, everything that is outside the layers. All
 * other layers are frozen and have neither gradients nor, unless wanted, state of an optimizer.
 *
 * <pre>{@code
 * FineTuner.builder().lisa(LisaConfig.activeLayers(2).interval(20)).build().fit(model, data);
 * }</pre>
 *
 * @param activeLayers how many layers train at a time, at least 1 (the paper's γ)
 * @param interval steps between two draws, at least 1 (the paper's K)
 * @param seed what the draws depend on
 * @param trainEmbeddings whether embedding and head train too; norms outside the layers do in any
 *     case
 * @param layerWeights how likely each layer is drawn before the others, above 0; empty for all
 *     alike
 * @param keepOptimizerState whether a layer's optimizer state waits for its next turn in the pages
 *     of a {@link io.github.lora4j.optim.PagedAdamW}; if not, it is dropped
 */
public record LisaConfig(
    int activeLayers,
    int interval,
    long seed,
    boolean trainEmbeddings,
    List<Double> layerWeights,
    boolean keepOptimizerState) {
  /** Copies the weights and checks the numbers. */
  public LisaConfig {
    layerWeights = List.copyOf(layerWeights);
    require(activeLayers >= 1, "activeLayers must be at least 1, was " + activeLayers);
    require(interval >= 1, "interval must be at least 1, was " + interval);
    require(
        layerWeights.stream().allMatch(weight -> weight > 0 && Double.isFinite(weight)),
        "layerWeights must be above 0, were " + layerWeights);
  }

  private static void require(boolean holds, String rule) {
    if (!holds) {
      throw new ConfigurationException("LisaConfig: " + rule);
    }
  }

  /**
   * LMFlow's defaults: a draw every 20 steps, all layers alike, embedding and head train.
   *
   * @param count how many layers train at a time
   * @return the configuration
   */
  public static LisaConfig activeLayers(int count) {
    return new LisaConfig(count, 20, 42, true, List.of(), false);
  }

  /**
   * Draws in another rhythm.
   *
   * @param steps between two draws, at least 1
   * @return the configuration with it
   */
  public LisaConfig interval(int steps) {
    return new LisaConfig(
        activeLayers, steps, seed, trainEmbeddings, layerWeights, keepOptimizerState);
  }

  /**
   * Draws other layers.
   *
   * @param value any number
   * @return the configuration with it
   */
  public LisaConfig seed(long value) {
    return new LisaConfig(
        activeLayers, interval, value, trainEmbeddings, layerWeights, keepOptimizerState);
  }

  /**
   * Trains embedding and head, or not: in a model of 8 billion parameters they are most of what is
   * trained.
   *
   * @param train whether they train
   * @return the configuration with it
   */
  public LisaConfig trainEmbeddings(boolean train) {
    return new LisaConfig(activeLayers, interval, seed, train, layerWeights, keepOptimizerState);
  }

  /**
   * Draws some layers more often than others.
   *
   * @param weights one a layer, above 0
   * @return the configuration with it
   */
  public LisaConfig layerWeights(List<Double> weights) {
    return new LisaConfig(
        activeLayers, interval, seed, trainEmbeddings, weights, keepOptimizerState);
  }

  /**
   * Keeps the optimizer's state of layers that are not active.
   *
   * @param keep whether it is kept; only with a {@link io.github.lora4j.optim.PagedAdamW}
   * @return the configuration with it
   */
  public LisaConfig keepOptimizerState(boolean keep) {
    return new LisaConfig(activeLayers, interval, seed, trainEmbeddings, layerWeights, keep);
  }
}
