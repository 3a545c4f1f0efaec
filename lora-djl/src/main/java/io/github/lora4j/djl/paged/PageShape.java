// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.paged;

import io.github.lora4j.djl.nn.DecoderSpec;

/**
 * What a page holds: keys and values of all layers for some tokens of one sequence, as
 * [layers][key, value][keyValueHeads][tokens][headDim], so that attention reads a head's keys in
 * one run.
 *
 * @param layers layers that attend
 * @param keyValueHeads heads of keys and of values
 * @param tokens tokens of a page
 * @param headDim values of a head
 */
public record PageShape(int layers, int keyValueHeads, int tokens, int headDim) {
  /**
   * The pages of a decoder.
   *
   * @param spec its shape
   * @param tokens tokens of a page
   * @return the shape of its pages
   */
  public static PageShape of(DecoderSpec spec, int tokens) {
    return new PageShape(spec.numLayers(), spec.keyValueHeads(), tokens, spec.headDim());
  }

  /**
   * Values of a page.
   *
   * @return how many floats it holds
   */
  public long floats() {
    return 2L * layers * keyValueHeads * tokens * headDim;
  }

  /**
   * How many pages a budget of memory has.
   *
   * @param bytes the budget
   * @return whole pages, {@link Integer#MAX_VALUE} at most
   */
  public int pagesIn(long bytes) {
    return (int) Math.min(Integer.MAX_VALUE, bytes / Float.BYTES / floats());
  }
}
