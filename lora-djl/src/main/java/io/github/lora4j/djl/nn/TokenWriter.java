// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import java.util.List;

/**
 * Takes down what a decoder does with single tokens, step by step. The modules say what they do;
 * what becomes of it, a TorchScript operator or a native program, is the writer's part. A method
 * may throw {@link UnwritableStepException} where the writer does not know a step.
 *
 * @param <V> what stands for a vector, one for each sequence
 */
interface TokenWriter<V> {
  /** x / sqrt(mean(x²) + epsilon) · (offset + w). */
  V rmsNorm(V x, NDArray w, double epsilon, double offset);

  /** The same of each part of x that is as long as w. */
  V headNorm(V x, NDArray w, double epsilon, double offset);

  /** (x − mean) / sqrt(var + epsilon) · w + bias. */
  V layerNorm(V x, NDArray w, NDArray bias, double epsilon);

  /** The linear maps in some places, adapted or not, of one input. */
  List<V> linears(List<ModuleSlot> slots, V x);

  /** The linear map in a place, adapted or not, and a vector added; the vector is used up. */
  V linear(ModuleSlot slot, V x, V residual);

  /** The sum of a vector and a residual; the residual is used up. */
  V add(V x, V residual);

  /** The parts of a vector that lie one after the other, by their sizes. */
  List<V> split(V x, List<Integer> sizes);

  /**
   * Queries, keys and values of a vector of [keyValueHeads, heads / keyValueHeads + 2, headDim].
   */
  List<V> splitGrouped(V qkv);

  /** Rotated as positions want it, remembered, and attended with to all tokens so far. */
  V attend(int layer, List<V> queryKeyValue);

  /** A vector's values cut to −limit … limit. */
  V clip(V x, double limit);

  /** The activation of one or two inputs; they are used up. */
  V activate(TokenActivation activation, List<V> inputs);

  /** cap · tanh(x / cap); x is used up. */
  V softCap(V x, double cap);
}
