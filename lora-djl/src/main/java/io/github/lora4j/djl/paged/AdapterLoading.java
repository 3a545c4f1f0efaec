// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.paged;

/**
 * An adapter on its way into the pool: its pages are held, its factors are being read.
 *
 * <p>Begun and closed by the decoding thread, read by any other.
 */
public interface AdapterLoading extends AutoCloseable {
  /**
   * Which adapter.
   *
   * @return what is known of it
   */
  AdapterSheet sheet();

  /**
   * Reads the factors into the pages. Meant for another thread than the decoding one, which goes on
   * meanwhile.
   *
   * @throws io.github.lora4j.AdapterException if a file is damaged; the loading is to be closed
   *     then
   */
  void read();

  /** Gives the pages back, unless the adapter was installed. Not while {@link #read} runs. */
  @Override
  void close();
}
