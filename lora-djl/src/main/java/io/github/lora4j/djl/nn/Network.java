package io.github.lora4j.djl.nn;

import io.github.lora4j.djl.kernel.TorchOps;
import java.util.Collection;

/**
 * A network of named modules, as adapters and checkpoints see it: what order they run in is its
 * own.
 */
public interface Network {
  /**
   * The operators of this network.
   *
   * @return the catalogue
   */
  TorchOps ops();

  /**
   * Every named module, in the order of the data.
   *
   * @return the places
   */
  Collection<ModuleSlot> modules();

  /**
   * A module by its path.
   *
   * @param name for example {@code model.layers.0.self_attn.q_proj}
   * @return its place
   * @throws IllegalArgumentException if there is none
   */
  ModuleSlot module(String name);

  /**
   * Whether another module of the base shares a module's own weight, as a tied head does the
   * embedding's table.
   *
   * @param module the module
   * @return true if writing the weight would change both
   */
  boolean sharesWeight(ModuleSlot module);
}
