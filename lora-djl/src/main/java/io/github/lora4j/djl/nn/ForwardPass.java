// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import io.github.lora4j.AdapterRows;
import io.github.lora4j.djl.tape.Tape;

/**
 * What every layer needs to know of the batch that passes through it.
 *
 * @param rotation what positions do to queries and keys
 * @param attention how sequences attend
 * @param training whether dropout is on
 * @param seeds what dropout draws from
 * @param tape where the layers note their steps
 * @param adapters which adapters apply to which rows
 */
public record ForwardPass(
    Rotation rotation,
    AttentionPass attention,
    boolean training,
    LayerSeeds seeds,
    Tape tape,
    AdapterRows adapters) {
  /**
   * A pass that is not walked back, of the active adapters.
   *
   * @param rotation what positions do to queries and keys
   * @param attention how sequences attend
   * @param training whether dropout is on
   * @param seeds what dropout draws from
   */
  public ForwardPass(
      Rotation rotation, AttentionPass attention, boolean training, LayerSeeds seeds) {
    this(rotation, attention, training, seeds, Tape.NONE, AdapterRows.ACTIVE);
  }

  /**
   * A pass outside the layers, where rows are all there is.
   *
   * @param training whether dropout is on
   * @param tape where steps are noted
   * @return a pass without attention
   */
  public static ForwardPass ofRows(boolean training, Tape tape) {
    AttentionPass none =
        (layer, qkv, layout, t) -> {
          throw new IllegalStateException("a pass of rows has no attention");
        };
    return new ForwardPass(
        Rotation.NONE, none, training, LayerSeeds.NONE, tape, AdapterRows.ACTIVE);
  }

  /**
   * The same pass, noted.
   *
   * @param other where the layers note their steps
   * @return the pass
   */
  public ForwardPass on(Tape other) {
    return new ForwardPass(rotation, attention, training, seeds, other, adapters);
  }

  /**
   * The same pass with adapters of its own.
   *
   * @param other which adapters apply to which rows
   * @return the pass
   */
  public ForwardPass with(AdapterRows other) {
    return new ForwardPass(rotation, attention, training, seeds, tape, other);
  }
}
