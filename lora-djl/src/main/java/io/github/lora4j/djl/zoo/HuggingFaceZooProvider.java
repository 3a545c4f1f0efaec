// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.zoo;

import ai.djl.repository.zoo.ModelZoo;
import ai.djl.repository.zoo.ZooProvider;

/** Tells DJL of the {@link HuggingFaceZoo}. */
public final class HuggingFaceZooProvider implements ZooProvider {
  /** Made by {@link java.util.ServiceLoader}. */
  public HuggingFaceZooProvider() {}

  @Override
  public ModelZoo getModelZoo() {
    return new HuggingFaceZoo();
  }
}
