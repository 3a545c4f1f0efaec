// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.paged;

import ai.djl.ndarray.NDManager;
import io.github.lora4j.djl.nn.AttentionPass;
import io.github.lora4j.djl.nn.Decoder;
import java.util.Optional;

/** Makes the attention of each step; chosen once for a decoder. */
@FunctionalInterface
interface PagedAttentions {
  /** Which attention a decoder gets. */
  @FunctionalInterface
  interface Choice {
    /** Makes it for a model, its pages, and the owner of what is kept for all steps. */
    PagedAttentions of(Decoder decoder, PageMemory memory, NDManager owner);
  }

  /**
   * The fastest there is: native where the kernels are and know the positions, or else libtorch's
   * operators.
   *
   * @param decoder the model
   * @param memory the pages
   * @param owner owns what is kept for all steps
   */
  static PagedAttentions of(Decoder decoder, PageMemory memory, NDManager owner) {
    Optional<PagedAttentions> known = NativePagedAttention.of(decoder, memory, owner);
    return known.orElseGet(() -> portable(decoder, memory, owner));
  }

  /** On any device, for any positions. */
  static PagedAttentions portable(Decoder decoder, PageMemory memory, NDManager owner) {
    return (step, plan) -> new PagedAttention(decoder, memory, step, plan);
  }

  /**
   * The attention of one step.
   *
   * @param step owns what it holds
   * @param plan the step's rows
   */
  AttentionPass of(NDManager step, StepPlan plan);
}
