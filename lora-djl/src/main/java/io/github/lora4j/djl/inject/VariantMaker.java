package io.github.lora4j.djl.inject;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.github.lora4j.LoraConfig;
import io.github.lora4j.djl.nn.LinearBlock;
import io.github.lora4j.djl.nn.WeightBlock;
import io.github.lora4j.djl.nn.WeightOrder;
import io.github.lora4j.peft.TensorRole;
import io.github.lora4j.target.AdaptedModule;
import io.github.lora4j.variant.Dora;
import io.github.lora4j.variant.LoraVariant;
import io.github.lora4j.variant.PlainLora;

/** Makes the variants that an adapter's configuration calls for, one a module. */
@FunctionalInterface
interface VariantMaker {
  /** Chosen once, from the configuration. */
  static VariantMaker of(LoraConfig config) {
    return config.useDora() ? VariantMaker::dora : site -> PlainLora.INSTANCE;
  }

  /** The variant of one module's adapter. */
  LoraVariant at(Site site);

  /**
   * Where a variant is made.
   *
   * @param module the module
   * @param base what is adapted
   * @param a the factor A, shape (rank, in)
   * @param b the factor B, shape (out, rank)
   * @param source where values come from
   * @param manager owns what is made
   */
  record Site(
      AdaptedModule module,
      WeightBlock base,
      NDArray a,
      NDArray b,
      FactorSource source,
      NDManager manager) {}

  private static LoraVariant dora(Site site) {
    LinearBlock base = (LinearBlock) site.base();
    NDArray rowSquares = base.rowSquares(site.manager());
    try (NDManager scope = site.manager().newSubManager()) {
      NDArray scale = scope.create((float) site.module().scaling());
      NDArray norms = Dora.norms(base, rowSquares, site.a(), site.b(), scale, scope);
      NDArray magnitude =
          site.source()
              .saved(
                  site.manager(),
                  site.module().tensor(TensorRole.LORA_MAGNITUDE),
                  norms,
                  WeightOrder.AS_IN_MEMORY);
      return Dora.own(base, rowSquares, magnitude);
    }
  }
}
