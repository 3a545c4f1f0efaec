// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.quant;

import io.github.lora4j.quant.Quantization;
import java.util.Optional;

/** How a checkpoint is quantised itself. */
public interface StoredQuantization {
  /**
   * What it is in, for messages.
   *
   * @return for example {@code nf4-double} or {@code gptq}
   */
  String label();

  /**
   * This library's name of it, the block size left at its default because it stands with the
   * tensors.
   *
   * @return the quantisation; empty for a method that only others quantise by
   */
  default Optional<Quantization> quantization() {
    return Optional.empty();
  }

  /**
   * Whether a quantisation that a user names is this one, up to the block size.
   *
   * @param wanted what the user names
   * @return true if the files hold that
   */
  default boolean is(Quantization wanted) {
    return quantization()
        .filter(own -> own.format() == wanted.format())
        .filter(own -> own.doubleQuantized() == wanted.doubleQuantized())
        .isPresent();
  }
}
