// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.github.lora4j.CheckpointException;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.Initialization;
import io.github.lora4j.djl.kernel.FactorOps;
import io.github.lora4j.djl.kernel.PyTorchEngine;
import io.github.lora4j.djl.nn.Network;
import io.github.lora4j.djl.nn.QuantizedLinear;
import io.github.lora4j.djl.nn.WeightBlock;
import io.github.lora4j.djl.nn.WeightOrder;
import io.github.lora4j.peft.PeftTensor;
import io.github.lora4j.target.AdaptedModule;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/**
 * The start of LoftQ over a base that is quantised (Li et al., 2023, algorithm 1 with T = 1; PEFT:
 * {@code replace_lora_weights_loftq}): scaling · B A is what of W − Q low rank can hold. PEFT
 * leaves the scaling out, which is the same where alpha is the rank.
 *
 * <p>The alternation of more iterations would quantise W − B A anew, and the base is not one
 * adapter's to write.
 */
final class LoftqFactors implements FactorSource {
  /** A quantised weight is nearer to its original than this part of it, by any format. */
  private static final double LARGEST_ERROR = 0.5;

  private static final NewFactors COPIES = new NewFactors(Initialization.KAIMING_UNIFORM);

  private final Network network;
  private final OriginalWeights originals;
  private final FactorOps ops;
  private final int bits;
  private final Map<String, NDArray> pendingB = new HashMap<>();

  /**
   * Prepares.
   *
   * @param start says bits and iterations
   * @param network the network
   * @param originals what its weights were
   * @throws ConfigurationException if there is more than one iteration
   */
  LoftqFactors(Initialization start, Network network, OriginalWeights originals) {
    int iterations = start.iterations().orElseThrow();
    if (iterations != 1) {
      throw new ConfigurationException(
          "loftq_iter: more than one iteration quantises the base anew, which other adapters share, found %d; use 1"
              .formatted(iterations));
    }
    this.network = network;
    this.originals = originals;
    ops = new FactorOps(network.ops());
    bits = start.bits().orElseThrow();
  }

  /** {@inheritDoc} B is computed with it, and waits. */
  @Override
  public NDArray a(NDManager manager, AdaptedModule module) {
    QuantizedLinear base = requireQuantized(module);
    try (NDManager scope = manager.newSubManager()) {
      NDArray original = originals.read(scope, module.module());
      NDArray error = original.sub(base.weightIn(scope));
      requireOriginal(module, original, error);
      Factors factors = Decomposition.closest(ops, error, module);
      factors.b().attach(manager);
      pendingB.put(module.name(), factors.b());
      factors.a().attach(manager);
      return factors.a();
    } finally {
      PyTorchEngine.trimMemory(base.tensor().shape().size());
    }
  }

  @Override
  public NDArray b(NDManager manager, AdaptedModule module) {
    return Objects.requireNonNull(pendingB.remove(module.name()), "a is asked for before b");
  }

  private QuantizedLinear requireQuantized(AdaptedModule module) {
    WeightBlock base = network.module(module.name()).base();
    if (base instanceof QuantizedLinear quantized && Math.round(bitsOf(quantized)) == bits) {
      return quantized;
    }
    throw new ConfigurationException(
        "loftq_bits: \"%s\" is %s, expected a weight quantised to %d bits; load the model with LoadOptions.builder().quantization(…), or leave the module out"
            .formatted(
                module.name(),
                base instanceof QuantizedLinear quantized
                    ? "in " + quantized.tensor().label()
                    : "not quantised",
                bits));
  }

  private static double bitsOf(QuantizedLinear linear) {
    return linear.requantizable().map(t -> t.quantization().format().bits()).orElse(0);
  }

  private static void requireOriginal(AdaptedModule module, NDArray original, NDArray error) {
    double part = error.norm().getFloat() / (double) original.norm().getFloat();
    if (part > LARGEST_ERROR) {
      throw new CheckpointException(
          "\"%s\" is %.0f %% away from the weight in the checkpoint; is that still the checkpoint the model was loaded from?"
              .formatted(module.name(), 100 * part));
    }
  }

  @Override
  public NDArray saved(NDManager manager, PeftTensor tensor, NDArray base, WeightOrder order) {
    return COPIES.saved(manager, tensor, base, order);
  }
}
