// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train;

import io.github.lora4j.ConfigurationException;
import io.github.lora4j.train.LisaConfig;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * Draws layers without replacement, each the likelier the greater its weight (Efraimidis and
 * Spirakis, 2006: the smallest of exponential variables divided by the weights).
 */
final class LayerDraw {
  private final LisaConfig config;
  private final int layers;
  private final SplittableRandom random;

  /**
   * Prepares the draws.
   *
   * @throws ConfigurationException if the model has fewer layers than are to be drawn, or other
   *     than there are weights
   */
  LayerDraw(LisaConfig config, int layers) {
    this.config = config;
    this.layers = layers;
    random = new SplittableRandom(config.seed());
    if (config.activeLayers() > layers) {
      throw new ConfigurationException(
          "LisaConfig: activeLayers is %d, but the model has %d layers"
              .formatted(config.activeLayers(), layers));
    }
    int weights = config.layerWeights().size();
    if (weights != 0 && weights != layers) {
      throw new ConfigurationException(
          "LisaConfig: layerWeights has %d numbers, but the model has %d layers"
              .formatted(weights, layers));
    }
  }

  /** The next layers, in their order. */
  List<Integer> next() {
    double[] keys = IntStream.range(0, layers).mapToDouble(this::key).toArray();
    return IntStream.range(0, layers)
        .boxed()
        .sorted(Comparator.comparingDouble(layer -> keys[layer]))
        .limit(config.activeLayers())
        .sorted()
        .toList();
  }

  private double key(int layer) {
    double weight = config.layerWeights().isEmpty() ? 1 : config.layerWeights().get(layer);
    return -Math.log1p(-random.nextDouble()) / weight;
  }
}
