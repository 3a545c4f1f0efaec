// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.Initialization;
import io.github.lora4j.djl.kernel.FactorOps;
import io.github.lora4j.djl.kernel.TorchOps;
import io.github.lora4j.target.AdaptedModule;
import java.util.Optional;
import java.util.Random;

/** Factors that are computed together, most of them from the weight. */
@FunctionalInterface
interface Decomposition {
  /** A fixed seed: an adapter that is loaded must find the residual that it was trained over. */
  long SEED = 20240403;

  /**
   * Chosen once, from the configuration.
   *
   * @return the computation, or empty where A and B are drawn apart or nothing of the start is
   *     needed to load an adapter
   */
  static Optional<Decomposition> of(Initialization initialization, TorchOps ops) {
    FactorOps factors = new FactorOps(ops);
    return switch (initialization.rule()) {
      case KAIMING_UNIFORM, GAUSSIAN, RANDOM, LOFTQ -> Optional.empty();
      case ORTHOGONAL -> Optional.of((weight, module) -> orthogonal(factors, weight, module));
      case OLORA -> Optional.of((weight, module) -> olora(factors, weight, module));
      case PISSA ->
          Optional.of(
              initialization.iterations().isPresent()
                  ? (weight, module) ->
                      pissa(factors, initialization.iterations().getAsInt(), weight, module)
                  : (weight, module) -> pissa(factors, weight, module));
    };
  }

  /**
   * The factors of one module.
   *
   * @param weight its weight, shape (out, in); left as it is
   * @return A and B, on the manager of the weight
   */
  Factors of(NDArray weight, AdaptedModule module);

  private static Factors pissa(FactorOps ops, NDArray weight, AdaptedModule module) {
    requireRank(module);
    return factors(ops.singular(module.rank()).applyAll(weight, scaling(weight, module)));
  }

  private static Factors pissa(
      FactorOps ops, int iterations, NDArray weight, AdaptedModule module) {
    requireRank(module);
    int in = module.module().inFeatures();
    float[] gauss = new float[in * module.rank()];
    Random random = new Random(SEED);
    for (int i = 0; i < gauss.length; i++) {
      gauss[i] = (float) random.nextGaussian();
    }
    NDArray directions = weight.getManager().create(gauss, new Shape(in, module.rank()));
    return factors(
        ops.randomisedSingular(iterations).applyAll(weight, scaling(weight, module), directions));
  }

  private static Factors olora(FactorOps ops, NDArray weight, AdaptedModule module) {
    requireRank(module);
    return factors(ops.orthonormal(module.rank()).applyAll(weight));
  }

  private static Factors orthogonal(FactorOps ops, NDArray weight, AdaptedModule module) {
    int rank = module.rank();
    if (rank % 2 != 0) {
      throw new ConfigurationException(
          "init_lora_weights \"orthogonal\" needs an even rank, but \"%s\" has %d"
              .formatted(module.name(), rank));
    }
    NDManager manager = weight.getManager();
    return factors(
        ops.orthogonal()
            .applyAll(
                manager.randomNormal(new Shape(rank, rank)),
                manager.randomNormal(new Shape(module.module().inFeatures(), rank / 2)),
                manager.randomNormal(new Shape(module.module().outFeatures(), rank / 2))));
  }

  /**
   * The closest that low-rank factors come to a matrix (Eckart and Young, 1936).
   *
   * @param ops the operators
   * @param matrix shape (out, in); left as it is
   * @param module says rank and scaling
   * @return A and B, on the manager of the matrix
   */
  static Factors closest(FactorOps ops, NDArray matrix, AdaptedModule module) {
    return pissa(ops, matrix, module);
  }

  private static NDArray scaling(NDArray weight, AdaptedModule module) {
    return weight.getManager().create((float) module.scaling());
  }

  private static Factors factors(NDList pair) {
    return new Factors(pair.get(0), pair.get(1));
  }

  private static void requireRank(AdaptedModule module) {
    int largest = Math.min(module.module().inFeatures(), module.module().outFeatures());
    if (module.rank() > largest) {
      throw new ConfigurationException(
          "rank of \"%s\" must be at most %d, for its weight is decomposed, was %d"
              .formatted(module.name(), largest, module.rank()));
    }
  }
}
