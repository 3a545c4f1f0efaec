// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.paged;

import ai.djl.ndarray.NDManager;
import io.github.lora4j.djl.nn.Decoder;
import java.util.List;

/**
 * What a paged decoder decodes with.
 *
 * @param name the model's name, for messages
 * @param decoder the model, without adapters; nothing else may use it meanwhile
 * @param defaultTargets what adapters target that name no targets
 * @param parent a sub-manager of it owns the pool
 */
public record PagedModel(
    String name, Decoder decoder, List<String> defaultTargets, NDManager parent) {
  /** Copies the list. */
  public PagedModel {
    defaultTargets = List.copyOf(defaultTargets);
  }
}
