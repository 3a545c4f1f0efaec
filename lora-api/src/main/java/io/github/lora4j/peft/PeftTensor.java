// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.peft;

import java.util.Objects;

/**
 * One tensor of an adapter, apart from how it is called.
 *
 * @param module the full name of the module in the base model, such as {@code
 *     model.layers.0.self_attn.q_proj}
 * @param role what the tensor is to the module
 */
public record PeftTensor(String module, TensorRole role) {
  /** Checks that both parts are there. */
  public PeftTensor {
    Objects.requireNonNull(module, "module");
    Objects.requireNonNull(role, "role");
  }
}
