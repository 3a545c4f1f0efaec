// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.nn.Parameter;
import java.util.Map;

/** A module of the base with something learned around it, which one adapter owns. */
public abstract class WrappedBlock extends WeightBlock {
  private String adapter;

  WrappedBlock(long features, String adapter) {
    super(features);
    this.adapter = adapter;
  }

  /**
   * The module inside.
   *
   * @return the base's own block
   */
  public abstract WeightBlock base();

  /** What is learned, by the names below the module's. */
  abstract Map<String, Parameter> learned();

  /** The name of the adapter. */
  final String adapter() {
    return adapter;
  }

  /**
   * Gives the adapter another name.
   *
   * @param to its name from now on
   */
  public final void rename(String to) {
    adapter = to;
  }
}
