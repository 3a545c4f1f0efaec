// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.quant;

/** The names of the parts of a quantised tensor. */
final class Part {
  static final String PACKED = "packed";
  static final String CODE = "code";
  static final String ABSMAX = "absmax";
  static final String NESTED_ABSMAX = "nested_absmax";
  static final String NESTED_CODE = "nested_code";
  static final String OFFSET = "offset";

  private Part() {}
}
