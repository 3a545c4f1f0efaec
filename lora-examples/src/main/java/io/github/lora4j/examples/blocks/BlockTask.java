// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.blocks;

import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import io.github.lora4j.LoraConfig;
import java.util.Random;

/** A network, what it is trained for, and what it is adapted to afterwards. */
interface BlockTask {
  /** What the network is first trained for, in a few words. */
  String known();

  /** What it is adapted to, in a few words. */
  String novel();

  /** The network, not yet initialised. */
  Block network();

  /** The shapes of a batch of one. */
  Shape[] inputShapes();

  /** Which modules are adapted. */
  LoraConfig adapter(int rank);

  /**
   * Draws samples.
   *
   * @param manager owns the arrays
   * @param random draws them
   * @param novel whether they are of the novel kind
   * @param count how many
   * @return the inputs, and the classes (count, 1) as the last array
   */
  NDList draw(NDManager manager, Random random, boolean novel, int count);
}
