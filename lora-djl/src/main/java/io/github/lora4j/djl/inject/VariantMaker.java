// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.LoraConfig;
import io.github.lora4j.QkvPart;
import io.github.lora4j.djl.nn.Network;
import io.github.lora4j.peft.PeftTensor;
import io.github.lora4j.peft.TensorRole;
import io.github.lora4j.target.AdaptedModule;
import io.github.lora4j.variant.BiasedLora;
import io.github.lora4j.variant.Dora;
import io.github.lora4j.variant.FrozenLinear;
import io.github.lora4j.variant.LoraVariant;
import io.github.lora4j.variant.PlainLora;
import io.github.lora4j.variant.RowLora;
import java.util.Set;
import java.util.function.Function;

/** Makes the variants that an adapter's configuration calls for, one a module. */
@FunctionalInterface
interface VariantMaker {
  /** Chosen once, from the configuration. */
  static VariantMaker of(LoraConfig config, Network network) {
    if (config.useDora()) {
      return VariantMaker::dora;
    }
    if (!config.fusedTargets().isEmpty()) {
      return site -> rows(site, network, config.fusedTargets());
    }
    return config.loraBias() ? VariantMaker::biased : site -> PlainLora.INSTANCE;
  }

  /** The variant of one module's adapter. */
  LoraVariant at(Site site);

  /**
   * Where a variant is made.
   *
   * @param module the module
   * @param base what is adapted
   * @param factors what the adapter starts with
   * @param source where values come from
   * @param manager owns what is made
   */
  record Site(
      AdaptedModule module, Base base, Factors factors, FactorSource source, NDManager manager) {}

  /**
   * What is adapted.
   *
   * @param map computes it
   * @param weight gives its weight, shape (out, in), to be read only, on a manager
   */
  record Base(FrozenLinear map, Function<NDManager, NDArray> weight) {}

  private static LoraVariant dora(Site site) {
    try (NDManager scope = site.manager().newSubManager()) {
      FrozenLinear base = site.base().map();
      NDArray weight = site.base().weight().apply(scope);
      NDArray rowSquares = Dora.rowSquares(weight, site.manager());
      NDArray scale = scope.create((float) site.module().scaling());
      Factors factors = site.factors();
      NDArray norms = Dora.norms(base, rowSquares, factors.a(), factors.b(), scale, scope);
      NDArray magnitude =
          site.source().own(site.manager(), site.module().tensor(TensorRole.LORA_MAGNITUDE), norms);
      return Dora.own(base, rowSquares, magnitude);
    }
  }

  private static LoraVariant rows(Site site, Network network, Set<QkvPart> parts) {
    return network
        .qkvRows(network.module(site.module().name()))
        .map(rows -> rowLora(site.manager(), rows.mask(parts)))
        .orElse(PlainLora.INSTANCE);
  }

  private static LoraVariant rowLora(NDManager manager, float[] mask) {
    return RowLora.own(manager.create(mask, new Shape(mask.length, 1)));
  }

  private static LoraVariant biased(Site site) {
    try (NDManager scope = site.manager().newSubManager()) {
      NDArray zero = scope.zeros(new Shape(site.module().module().outFeatures()));
      PeftTensor bias = site.module().tensor(TensorRole.LORA_B_BIAS);
      return BiasedLora.own(site.source().own(site.manager(), bias, zero));
    }
  }
}
