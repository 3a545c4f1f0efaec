// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.paged;

/**
 * A decoder whose sequences lie in pages of one pool. A step takes rows of many sequences, each
 * with an adapter of its own, through the model at once. For one thread.
 */
public interface PagedDecoder extends AutoCloseable {
  /**
   * The pages.
   *
   * @return the pool that tables take their pages from
   */
  PagePool pool();

  /**
   * The adapters that rows may use.
   *
   * @return those in the pool
   */
  ResidentAdapters adapters();

  /**
   * How long a sequence may be.
   *
   * @return tokens
   */
  int maxLength();

  /**
   * Which token ids there are.
   *
   * @return ids are below this
   */
  int vocabularySize();

  /**
   * The memory of a page.
   *
   * @return bytes
   */
  long pageBytes();

  /**
   * Feeds rows: writes their keys and values into the sequences' pages and computes the logits
   * asked for.
   *
   * @param rows what each sequence brings
   * @return the logits, of use until the next step
   * @throws IllegalArgumentException if a token or a position is none of the model's, or an adapter
   *     is not in the pool; no page was written then
   */
  StepResult step(StepRows rows);

  /** Takes the adapters off the model and frees the pages' memory. */
  @Override
  void close();
}
