// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.prompt;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Parameter;

/** Parameters of virtual tokens. */
final class TokenParameters {
  /** The name of the vectors that stand for the tokens. */
  static final String EMBEDDING = "embedding.weight";

  private TokenParameters() {}

  /** A frozen parameter that takes the array. */
  static Parameter of(String name, NDArray value) {
    return Parameter.builder()
        .setName(name)
        .setType(Parameter.Type.WEIGHT)
        .optArray(value)
        .optShape(value.getShape())
        .optRequiresGrad(false)
        .build();
  }
}
