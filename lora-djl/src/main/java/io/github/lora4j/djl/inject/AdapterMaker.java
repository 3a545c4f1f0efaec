// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.github.lora4j.LoraAdapter;
import io.github.lora4j.LoraConfig;
import io.github.lora4j.djl.inject.VariantMaker.Base;
import io.github.lora4j.djl.inject.VariantMaker.Site;
import io.github.lora4j.djl.kernel.TorchOps;
import io.github.lora4j.djl.nn.LinearBlock;
import io.github.lora4j.djl.nn.WeightBlock;
import io.github.lora4j.target.AdaptedModule;
import io.github.lora4j.variant.EmbeddingLora;
import io.github.lora4j.variant.LoraVariant;
import io.github.lora4j.variant.ResidualLinear;
import io.github.lora4j.variant.ResidualLora;
import java.util.Optional;

/**
 * Makes an adapter's parts, one a module: factors from where they come, and the variant that the
 * configuration calls for.
 */
final class AdapterMaker {
  /** Of ids there is nothing to drop. */
  private static final float NO_DROPOUT = 0;

  private final LoraConfig config;
  private final FactorSource source;
  private final NDManager manager;
  private final Optional<Decomposition> decomposition;
  private final VariantMaker variants;

  /**
   * Prepares.
   *
   * @param config what the adapter is
   * @param source where values come from
   * @param variants makes what the adapter computes
   * @param ops the operators
   * @param manager owns what is made
   */
  AdapterMaker(
      LoraConfig config,
      FactorSource source,
      VariantMaker variants,
      TorchOps ops,
      NDManager manager) {
    this.config = config;
    this.source = source;
    this.manager = manager;
    decomposition = Decomposition.of(config.initialization(), ops);
    this.variants = variants;
  }

  /** The part of one module. */
  LoraAdapter at(AdaptedModule module, WeightBlock base) {
    if (!(base instanceof LinearBlock linear)) {
      return LoraAdapter.own(
          source.a(manager, module),
          source.b(manager, module),
          module.scaling(),
          NO_DROPOUT,
          EmbeddingLora.INSTANCE);
    }
    return decomposition
        .map(rule -> decomposed(rule, module, linear))
        .orElseGet(() -> drawn(module, linear));
  }

  private LoraAdapter drawn(AdaptedModule module, LinearBlock base) {
    Factors factors = new Factors(source.a(manager, module), source.b(manager, module));
    return adapter(module, factors, variant(module, factors, new Base(base, base::weightIn)));
  }

  private LoraAdapter decomposed(Decomposition rule, AdaptedModule module, LinearBlock base) {
    try (NDManager scope = manager.newSubManager()) {
      Factors initial = rule.of(base.weightIn(scope), module);
      NDArray a = source.own(manager, module.a(), initial.a());
      NDArray b = source.own(manager, module.b(), initial.b());
      Factors factors = new Factors(a, b);
      return config.initialization().leavesResidual()
          ? adapter(module, factors, overResidual(module, base, factors, kept(module, initial)))
          : adapter(module, factors, variant(module, factors, new Base(base, base::weightIn)));
    }
  }

  private LoraAdapter kept(AdaptedModule module, Factors initial) {
    initial.a().attach(manager);
    initial.b().attach(manager);
    return LoraAdapter.own(initial.a(), initial.b(), module.scaling(), NO_DROPOUT);
  }

  private LoraVariant overResidual(
      AdaptedModule module, LinearBlock base, Factors factors, LoraAdapter initial) {
    Base residual =
        new Base(
            new ResidualLinear(base, initial),
            scope -> ResidualLora.residual(base.weightIn(scope), initial, scope));
    return ResidualLora.own(variant(module, factors, residual), initial);
  }

  private LoraVariant variant(AdaptedModule module, Factors factors, Base base) {
    return variants.at(new Site(module, base, factors, source, manager));
  }

  private LoraAdapter adapter(AdaptedModule module, Factors factors, LoraVariant variant) {
    return LoraAdapter.own(
        factors.a(), factors.b(), module.scaling(), (float) config.dropout(), variant);
  }
}
