// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.target;

import java.util.List;

/**
 * A module that trains in full and is stored with the adapter (PEFT: {@code modules_to_save}).
 *
 * @param name its full name; it may be a block of several modules
 * @param modules the modules in it that own parameters, itself if it is one
 */
public record SavedModule(String name, List<AdaptableModule> modules) {
  /** Copies the list. */
  public SavedModule {
    modules = List.copyOf(modules);
  }
}
