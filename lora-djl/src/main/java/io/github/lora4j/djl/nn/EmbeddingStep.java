// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import java.util.Optional;

/** What is done to the rows of the token table before the first layer. */
interface EmbeddingStep {
  /**
   * Does it.
   *
   * @param hidden shape (T, width)
   * @param positions one position a token
   * @param pass the batch's pass
   * @return shape (T, hidden), on the manager of {@code hidden}
   */
  NDArray forward(NDArray hidden, int[] positions, ForwardPass pass);

  /** The module whose weights it uses, if it has any. */
  Optional<ModuleSlot> module();

  /** Has the work on single tokens written into a native program; x is used up. */
  NativeVector write(NativeTokenWriter writer, NativeVector x);

  /**
   * A norm, as BLOOM has it, or a linear map from the table's width to the hidden size, as OPT 350M
   * has it.
   *
   * @param slot its place
   */
  record Through(ModuleSlot slot) implements EmbeddingStep {
    @Override
    public NDArray forward(NDArray hidden, int[] positions, ForwardPass pass) {
      return slot.forward(hidden, pass);
    }

    @Override
    public Optional<ModuleSlot> module() {
      return Optional.of(slot);
    }

    @Override
    public NativeVector write(NativeTokenWriter writer, NativeVector x) {
      return TokenLinear.write(writer, slot, x);
    }
  }
}
