// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.djl.nn.WeightOrder;
import io.github.lora4j.peft.PeftTensor;
import io.github.lora4j.target.AdaptableModule;
import io.github.lora4j.target.AdaptedModule;
import java.util.Arrays;

/** Where a new adapter's values come from: chance, a file, or other adapters. */
public interface FactorSource {
  /**
   * The factor A.
   *
   * @param manager owns the result
   * @param module what it is for
   * @return of {@link #shapeOfA}
   */
  NDArray a(NDManager manager, AdaptedModule module);

  /**
   * The factor B.
   *
   * @param manager owns the result
   * @param module what it is for
   * @return of {@link #shapeOfB}
   */
  NDArray b(NDManager manager, AdaptedModule module);

  /**
   * A module's own weight or bias that trains in full.
   *
   * @param manager owns the result
   * @param tensor what it is
   * @param base the base's value
   * @param order how files lay it out
   * @return a copy of the base's value, or what the file holds, of the same shape
   */
  NDArray saved(NDManager manager, PeftTensor tensor, NDArray base, WeightOrder order);

  /**
   * A tensor of the adapter's own, which files lay out as memory does.
   *
   * @param manager owns the result
   * @param tensor what it is
   * @param start what a new adapter starts with
   * @return a copy of the start, or what the file holds, of the same shape
   */
  default NDArray own(NDManager manager, PeftTensor tensor, NDArray start) {
    return saved(manager, tensor, start, WeightOrder.AS_IN_MEMORY);
  }

  /**
   * The shape of A.
   *
   * @param adapted what it is for
   * @return (rank, in), of a convolution (rank, in, kernel...)
   */
  static Shape shapeOfA(AdaptedModule adapted) {
    AdaptableModule module = adapted.module();
    return new Shape(adapted.rank(), module.inFeatures()).addAll(module.kernel());
  }

  /**
   * The shape of B.
   *
   * @param adapted what it is for
   * @return (out, rank), of a convolution (out, rank, 1...)
   */
  static Shape shapeOfB(AdaptedModule adapted) {
    AdaptableModule module = adapted.module();
    long[] ones = new long[module.kernel().dimension()];
    Arrays.fill(ones, 1);
    return new Shape(module.outFeatures(), adapted.rank()).addAll(new Shape(ones));
  }
}
