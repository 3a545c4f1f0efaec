// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.plan;

import io.github.lora4j.LoadOptions;
import io.github.lora4j.quant.Quantization;
import io.github.lora4j.train.GradientCheckpointing;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** The changes that can save memory: each tried alone, then all that save anything together. */
final class Remedies {
  private final MemoryModel model;
  private final PlanOptions options;
  private final long total;
  private final List<Remedy> found = new ArrayList<>();
  private PlanOptions together;

  private Remedies(MemoryModel model, PlanOptions options, long total) {
    this.model = model;
    this.options = options;
    this.total = total;
    together = options;
  }

  static List<Remedy> of(MemoryModel model, PlanOptions options, MemoryNeed need) {
    Remedies remedies = new Remedies(model, options, need.total());
    remedies.attemptEach();
    List<Remedy> found = remedies.found;
    found.sort(Comparator.comparingLong(Remedy::gain).reversed());
    if (found.size() > 1) {
      remedies.attempt("all of these", remedies.together).ifPresent(found::add);
    }
    return found;
  }

  private void attemptEach() {
    if (!model.isQuantized()) {
      Quantization smallest = Quantization.nf4().doubleQuantization();
      attempt("quantize the base to " + smallest.name(), now -> quantized(now, smallest));
    }
    attempt(
        "gradient checkpointing by layer",
        now -> now.toBuilder().gradientCheckpointing(GradientCheckpointing.everyLayer()).build());
    int rows = options.batchSize() / 2;
    if (rows > 0) {
      attempt(
          "batches of %d rows, and twice the gradient accumulation".formatted(rows),
          now -> now.toBuilder().batchSize(rows).build());
    }
    int tokens = options.sequenceLength() / 2;
    if (tokens > 0) {
      attempt(
          "sequences of %d tokens".formatted(tokens),
          now -> now.toBuilder().sequenceLength(tokens).build());
    }
    attempt(
        "an 8-bit optimizer",
        now -> with(now, new OptimizerState(8, now.optimizer().residentBudget())));
    long budget = smallerBudget();
    attempt(
        "a paged optimizer with %s in memory".formatted(ByteText.format(budget)),
        now -> with(now, now.optimizer().residentBudget(budget)));
  }

  private long smallerBudget() {
    long usual = OptimizerState.DEFAULT_RESIDENT_BUDGET;
    return Math.min(usual, options.optimizer().residentBudget().orElse(usual)) / 4;
  }

  private static PlanOptions quantized(PlanOptions now, Quantization quantization) {
    LoadOptions loading = now.loading();
    return now.toBuilder()
        .loading(
            new LoadOptions(
                loading.device(),
                Optional.of(quantization),
                loading.keepUnquantized(),
                loading.computeType()))
        .build();
  }

  private static PlanOptions with(PlanOptions now, OptimizerState optimizer) {
    return now.toBuilder().optimizer(optimizer).build();
  }

  private void attempt(String change, UnaryOperator<PlanOptions> changing) {
    Optional<Remedy> remedy = attempt(change, changing.apply(options));
    if (remedy.isPresent()) {
      found.add(remedy.get());
      together = changing.apply(together);
    }
  }

  private Optional<Remedy> attempt(String change, PlanOptions changed) {
    MemoryNeed need = model.need(changed);
    long gain = total - need.total();
    return gain > 0 ? Optional.of(new Remedy(change, changed, need, gain)) : Optional.empty();
  }
}
