package io.github.lora4j.djl.inject;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.djl.nn.WeightOrder;
import io.github.lora4j.peft.PeftTensor;
import io.github.lora4j.target.AdaptedModule;

/** Where a new adapter's values come from: chance, a file, or other adapters. */
public interface FactorSource {
  /**
   * The factor A.
   *
   * @param manager owns the result
   * @param module the module
   * @return shape (rank, in)
   */
  NDArray a(NDManager manager, AdaptedModule module);

  /**
   * The factor B.
   *
   * @param manager owns the result
   * @param module the module
   * @return shape (out, rank)
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
   * @param module the module
   * @return (rank, in)
   */
  static Shape shapeOfA(AdaptedModule module) {
    return new Shape(module.rank(), module.module().inFeatures());
  }

  /**
   * The shape of B.
   *
   * @param module the module
   * @return (out, rank)
   */
  static Shape shapeOfB(AdaptedModule module) {
    return new Shape(module.module().outFeatures(), module.rank());
  }
}
