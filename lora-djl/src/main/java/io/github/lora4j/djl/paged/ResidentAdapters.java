// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.paged;

import io.github.lora4j.AdapterException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The adapters in a decoder's pool: how they come in and go out. Everything but {@link #inspect} is
 * for the decoding thread, and takes it well under a millisecond.
 */
public interface ResidentAdapters {
  /**
   * Checks a saved adapter without reading its weights. From any thread.
   *
   * @param name the name that rows will use
   * @param directory in PEFT's format
   * @return what it is
   * @throws AdapterException if it is damaged, another model's, or no plain LoRA
   */
  AdapterSheet inspect(String name, Path directory);

  /**
   * Takes pages for an adapter.
   *
   * @param sheet what {@link #inspect} gave
   * @return the loading, to be read by another thread; empty if there is not enough room
   */
  Optional<AdapterLoading> reserve(AdapterSheet sheet);

  /**
   * Makes rows under the adapter's name compute with it from the next step on.
   *
   * @param loading one that was read
   * @throws IllegalStateException if it was not read, or one of that name is here
   */
  void install(AdapterLoading loading);

  /**
   * Whether rows may use an adapter.
   *
   * @param name its name
   * @return true between {@link #install} and {@link #evict}
   */
  boolean contains(String name);

  /**
   * The pages that adapters hold, those being read among them.
   *
   * @return how many
   */
  int pages();

  /**
   * Gives an adapter's pages back.
   *
   * @param name its name
   * @throws IllegalStateException if it is not here
   */
  void evict(String name);
}
