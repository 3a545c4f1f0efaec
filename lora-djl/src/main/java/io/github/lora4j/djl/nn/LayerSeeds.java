// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.engine.Engine;

/** Sets the engine's generator before a layer, so that a layer run again drops the same values. */
@FunctionalInterface
public interface LayerSeeds {
  /** Leaves the generator alone. */
  LayerSeeds NONE = layer -> {};

  /**
   * Called before a layer runs.
   *
   * @param layer its index
   */
  void enter(int layer);

  /**
   * A seed of its own for each layer of one step.
   *
   * @param engine whose generator is set
   * @param stepSeed the step's seed
   * @return the seeds
   */
  static LayerSeeds of(Engine engine, long stepSeed) {
    return layer -> engine.setRandomSeed((int) mix(stepSeed + 0x9E3779B97F4A7C15L * (layer + 1)));
  }

  private static long mix(long z) {
    long a = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L; // SplitMix64's finalizer
    long b = (a ^ (a >>> 27)) * 0x94D049BB133111EBL;
    return b ^ (b >>> 31);
  }
}
