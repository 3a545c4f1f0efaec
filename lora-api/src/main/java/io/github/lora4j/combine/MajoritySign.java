// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.combine;

/** How TIES elects the sign of a value (PEFT: {@code majority_sign_method}). */
public enum MajoritySign {
  /** The sign of the sum. */
  TOTAL,
  /** The sign that more adapters have. */
  FREQUENCY
}
