// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.tape;

import ai.djl.ndarray.NDArray;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;

/** Gradients of parameters, gathered where libtorch gathers them. */
public final class ParameterGradients {
  private ParameterGradients() {}

  /**
   * Adds to the gradient of a parameter that trains; does nothing to a frozen one.
   *
   * @param parameter the parameter's array
   * @param gradient what to add, same shape; stays the caller's
   */
  public static void add(NDArray parameter, NDArray gradient) {
    if (parameter.hasGradient()) {
      // A leaf's own backward pass is the accumulation into its gradient.
      JniUtils.backward((PtNDArray) parameter, (PtNDArray) gradient, false, false);
    }
  }
}
