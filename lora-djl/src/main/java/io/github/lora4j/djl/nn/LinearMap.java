// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Block;
import io.github.lora4j.AppliedAdapter;
import io.github.lora4j.LoraAdapter;
import io.github.lora4j.LoraLinear;
import io.github.lora4j.djl.kernel.FusedLowRankUpdate;
import io.github.lora4j.djl.kernel.TorchOps;
import io.github.lora4j.spi.LowRankUpdate;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A linear map as the tape knows it: a weight, perhaps a bias, perhaps the factors of adapters.
 *
 * @param block the base
 * @param applied the adapters in use, and on which rows
 */
record LinearMap(LinearBlock block, List<AppliedAdapter> applied) {
  /**
   * Reads what stands in a place.
   *
   * @param slot the place
   * @param pass the batch's pass
   * @param count how many rows there are
   * @return the map; empty if it is anything else, as an update of another kind
   */
  static Optional<LinearMap> of(ModuleSlot slot, ForwardPass pass, int count) {
    Block block = slot.block();
    if (block instanceof LinearBlock linear) {
      return Optional.of(new LinearMap(linear, List.of()));
    }
    if (block instanceof LoraLinear lora
        && lora.base() instanceof LinearBlock linear
        && isPlain(lora.update())) {
      List<AppliedAdapter> applied = lora.applied(pass.adapters(), count);
      return Optional.of(new LinearMap(linear, applied))
          .filter(map -> applied.stream().allMatch(a -> isPlain(a.adapter(), pass)));
    }
    return Optional.empty();
  }

  private static boolean isPlain(LoraAdapter adapter, ForwardPass pass) {
    return pass.tape().isRecording() ? adapter.isPlain() : adapter.variant().infersAsPlain();
  }

  private static boolean isPlain(LowRankUpdate update) {
    return update instanceof FusedLowRankUpdate || update == LowRankUpdate.PORTABLE;
  }

  /** The map alone as a step of the tape. */
  LinearStep step(TorchOps ops) {
    return new LinearStep(ops, block.linearWeight(), List.of(this));
  }

  int out() {
    return block.linearWeight().out();
  }

  Optional<NDArray> bias() {
    return Optional.ofNullable(block.bias().value());
  }

  /** The dense weight, if it trains. */
  Optional<NDArray> trainedWeight() {
    return block.linearWeight() instanceof DenseWeight dense && dense.array().hasGradient()
        ? Optional.of(dense.array())
        : Optional.empty();
  }

  /** Whether anything of it has a gradient. */
  boolean trains() {
    Stream<NDArray> factors =
        applied.stream()
            .map(AppliedAdapter::adapter)
            .flatMap(a -> Stream.of(a.a().getArray(), a.b().getArray()));
    return Stream.of(factors, bias().stream(), trainedWeight().stream())
        .flatMap(s -> s)
        .anyMatch(NDArray::hasGradient);
  }
}
