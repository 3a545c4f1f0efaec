// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.paged;

/** What is known of a saved adapter before its weights are read. */
public interface AdapterSheet {
  /**
   * The adapter's name.
   *
   * @return the name that rows use
   */
  String name();

  /**
   * Its largest rank.
   *
   * @return the rank
   */
  int rank();

  /**
   * The room its factors take.
   *
   * @return pages, if they lie one after the other
   */
  int pages();
}
