// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.train;

import io.github.lora4j.ConfigurationException;

/**
 * How much of the forward pass is kept for the backward pass (Chen et al., 2016). A segment's input
 * is kept, its inside is computed again when its gradients are due.
 *
 * @param layers layers of a segment; 0 keeps everything, −1 takes the square root of the number of
 *     layers
 */
public record GradientCheckpointing(int layers) {
  private static final int SQUARE_ROOT = -1;

  /** Checks the number. */
  public GradientCheckpointing {
    if (layers < SQUARE_ROOT) {
      throw new ConfigurationException(
          "GradientCheckpointing: layers of a segment must be at least 1, was " + layers);
    }
  }

  /**
   * Keeps everything: fastest, most memory.
   *
   * @return no checkpointing
   */
  public static GradientCheckpointing none() {
    return new GradientCheckpointing(0);
  }

  /**
   * Each layer is a segment: least memory inside a segment.
   *
   * @return checkpointing by layer
   */
  public static GradientCheckpointing everyLayer() {
    return new GradientCheckpointing(1);
  }

  /**
   * Segments of k layers.
   *
   * @param k layers of a segment, at least 1
   * @return checkpointing by k layers
   * @throws ConfigurationException if k is below 1
   */
  public static GradientCheckpointing every(int k) {
    if (k < 1) {
      throw new ConfigurationException(
          "GradientCheckpointing: layers of a segment must be at least 1, was " + k);
    }
    return new GradientCheckpointing(k);
  }

  /**
   * Segments of √L layers: least memory of kept inputs and one segment together.
   *
   * @return checkpointing by the square root
   */
  public static GradientCheckpointing squareRoot() {
    return new GradientCheckpointing(SQUARE_ROOT);
  }

  /**
   * Whether anything is computed again.
   *
   * @return false if everything is kept
   */
  public boolean isEnabled() {
    return layers != 0;
  }

  /**
   * Layers of a segment for a model.
   *
   * @param numLayers the model's layers
   * @return the number, at least 1; all layers if nothing is computed again
   */
  public int segmentLayers(int numLayers) {
    int wanted =
        switch (layers) {
          case 0 -> numLayers;
          case SQUARE_ROOT -> (int) Math.round(Math.sqrt(numLayers));
          default -> Math.min(layers, numLayers);
        };
    return Math.max(1, wanted);
  }
}
