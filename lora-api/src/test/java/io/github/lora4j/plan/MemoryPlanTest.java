// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.ConfigurationException;
import io.github.lora4j.LoadOptions;
import io.github.lora4j.quant.Quantization;
import io.github.lora4j.train.GradientCheckpointing;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class MemoryPlanTest {
  private static final long GIB = 1L << 30;

  /** Weights of 8 GiB or 1 quantised; 1 GiB a row, a quarter of it with checkpointing. */
  private static MemoryNeed need(PlanOptions options, boolean quantized) {
    boolean small = quantized || options.loading().quantization().isPresent();
    long kept = options.batchSize() * GIB / (options.gradientCheckpointing().isPresent() ? 4 : 1);
    return new MemoryNeed(
        Map.of(MemoryPart.WEIGHTS, small ? GIB : 8 * GIB, MemoryPart.ACTIVATIONS, kept), 0);
  }

  private static MemoryModel model(boolean quantized) {
    return new MemoryModel() {
      @Override
      public MemoryNeed need(PlanOptions options) {
        return MemoryPlanTest.need(options, quantized);
      }

      @Override
      public boolean isQuantized() {
        return quantized;
      }

      @Override
      public void close() {}
    };
  }

  private static MemoryPlan plan(PlanOptions options, long limit, boolean quantized) {
    MemoryModel model = model(quantized);
    MemoryNeed need = model.need(options);
    return new MemoryPlan(options, need, MemoryLimit.of(limit), Remedies.of(model, options, need));
  }

  @Test
  void theTotalIsTheSumOfTheParts() {
    MemoryNeed need = new MemoryNeed(Map.of(MemoryPart.WEIGHTS, 3L, MemoryPart.RUNTIME, 4L), 100);
    assertEquals(7, need.total());
    assertEquals(0, need.bytes(MemoryPart.GRADIENTS));
  }

  @Test
  void whatFitsExactlyFits() {
    PlanOptions options = PlanOptions.builder().build();
    assertTrue(plan(options, 12 * GIB, false).fits());
    assertFalse(plan(options, 12 * GIB - 1, false).fits());
  }

  @Test
  void eachRemedyIsTriedAloneAndThenAllTogether() {
    List<Remedy> remedies = plan(PlanOptions.builder().build(), GIB, false).remedies();
    assertEquals(
        List.of(
            "quantize the base to nf4-double",
            "gradient checkpointing by layer",
            "batches of 2 rows, and twice the gradient accumulation",
            "all of these"),
        remedies.stream().map(Remedy::change).toList());
    assertEquals(
        List.of(7 * GIB, 3 * GIB, 2 * GIB, 10 * GIB + GIB / 2),
        remedies.stream().map(Remedy::gain).toList());
    PlanOptions all = remedies.get(3).options();
    assertEquals(2, all.batchSize());
    assertEquals(Optional.of(GradientCheckpointing.everyLayer()), all.gradientCheckpointing());
  }

  @Test
  void whatIsDoneAlreadyIsNoRemedy() {
    PlanOptions options =
        PlanOptions.builder()
            .loading(
                LoadOptions.builder().quantization(Quantization.nf4().doubleQuantization()).build())
            .gradientCheckpointing(GradientCheckpointing.everyLayer())
            .batchSize(1)
            .build();
    assertEquals(List.of(), plan(options, 1, false).remedies());
  }

  @Test
  void aQuantizedCheckpointIsNotQuantizedAgain() {
    List<Remedy> remedies = plan(PlanOptions.builder().build(), 1, true).remedies();
    assertTrue(remedies.stream().noneMatch(r -> r.change().startsWith("quantize")));
  }

  @Test
  void theTableSaysWhatIsTakenAndWhatToDo() {
    assertEquals(
        """
        weights                      8.00 GiB
        activations                  4.00 GiB
        total                       12.00 GiB
        limit                        4.00 GiB
        does not fit, 8.00 GiB too much
          quantize the base to nf4-double: saves 7.00 GiB, total 5.00 GiB
          gradient checkpointing by layer: saves 3.00 GiB, total 9.00 GiB
          batches of 2 rows, and twice the gradient accumulation: saves 2.00 GiB, total 10.00 GiB
          all of these: saves 10.50 GiB, total 1.50 GiB""",
        plan(PlanOptions.builder().build(), 4 * GIB, false).toString());
  }

  @Test
  void whatFitsNeedsNoRemedyInTheTable() {
    String table = plan(PlanOptions.builder().build(), 13 * GIB, false).toString();
    assertTrue(table.endsWith("fits, 1.00 GiB to spare"), table);
  }

  @Test
  void optionsThatCannotBeAreRefused() {
    PlanOptionsBuilder noRows = PlanOptions.builder().batchSize(0);
    PlanOptionsBuilder noTokens = PlanOptions.builder().sequenceLength(0);
    assertThrows(ConfigurationException.class, noRows::build);
    assertThrows(ConfigurationException.class, noTokens::build);
    assertThrows(ConfigurationException.class, () -> MemoryLimit.of(0));
  }

  @Test
  void theBuilderOfOptionsGivesThemBack() {
    PlanOptions options =
        PlanOptions.builder()
            .batchSize(3)
            .sequenceLength(7)
            .gradientCheckpointing(GradientCheckpointing.squareRoot())
            .optimizer(OptimizerState.pagedAdamW8Bit())
            .build();
    assertEquals(options, options.toBuilder().build());
  }
}
