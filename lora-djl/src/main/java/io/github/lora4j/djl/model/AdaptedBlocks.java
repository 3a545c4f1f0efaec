// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import ai.djl.Model;
import ai.djl.nn.Block;
import io.github.lora4j.ConfigurationException;
import java.util.Collections;
import java.util.Set;
import java.util.WeakHashMap;

/**
 * The blocks of foreign models that adapters stand on: only one {@link ForeignModel} may at a time,
 * and a model of DJL's has no place where that could be noted.
 */
final class AdaptedBlocks {
  private static final Set<Block> BLOCKS =
      Collections.synchronizedSet(Collections.newSetFromMap(new WeakHashMap<>()));

  private AdaptedBlocks() {}

  /**
   * Refuses a model that has adapters.
   *
   * @param model a foreign model
   * @throws ConfigurationException if adapters stand on its block
   */
  static void requireFree(Model model) {
    if (BLOCKS.contains(model.getBlock())) {
      throw new ConfigurationException(
          "LoraModel.wrap: \"%s\" has adapters already; close that LoraModel, or add to it with addAdapter"
              .formatted(model.getName()));
    }
  }

  /** Notes that adapters stand on a model. */
  static void add(Model model) {
    BLOCKS.add(model.getBlock());
  }

  /** Notes that they do not any more. */
  static void remove(Model model) {
    BLOCKS.remove(model.getBlock());
  }
}
