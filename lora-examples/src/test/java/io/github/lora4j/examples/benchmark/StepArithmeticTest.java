// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.benchmark;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.lora4j.djl.model.DecoderModel;
import io.github.lora4j.examples.benchmark.Product.Direction;
import io.github.lora4j.train.GradientCheckpointing;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/**
 * Counted by hand: hidden 4, two heads of 2, one key-value head, MLP 6, vocabulary 10. A layer's
 * weights are q 16, k 8, v 8, o 16, gate 24, up 24, down 24: 120 in all; the head's are 40.
 */
class StepArithmeticTest {
  private static final int FORWARD = 2 * 3 * 120;
  private static final int HEAD = 2 * 2 * 40;
  private static final int PAIRS = 1 + 2 + 3;
  private static final int ATTENTION = 4 * PAIRS * 4;

  private static LinearShape linear(int in, int out, int rank) {
    return new LinearShape(in, out, rank);
  }

  private static DecoderShape.Layer layer(int rank) {
    return new DecoderShape.Layer(
        List.of(linear(4, 4, rank), linear(4, 2, rank), linear(4, 2, rank)),
        List.of(linear(4, 4, rank)),
        List.of(linear(4, 6, rank), linear(4, 6, rank)),
        List.of(linear(6, 4, rank)));
  }

  private static StepArithmetic step(int segmentLayers, DecoderShape.Layer... layers) {
    DecoderShape shape = new DecoderShape(List.of(layers), linear(4, 10, 0), 4);
    return new StepArithmetic(shape, List.of(3), 2, segmentLayers);
  }

  @Test
  void oneAdaptedLayer() {
    StepArithmetic step = step(1, layer(1));
    int toInputsButOfQkv = 2 * 3 * (16 + 24 + 24 + 24);
    assertEquals(FORWARD + toInputsButOfQkv + 2 * HEAD, step.baseFlop());
    int factorsForward = 2 * 3 * (8 + 6 + 6 + 8 + 10 + 10 + 10);
    int factorsBackward = 2 * 3 * (12 + 8 + 8 + 12 + 16 + 16 + 14);
    int toInputs = 2 * 3 * (4 + 4 + 4 + 6);
    assertEquals(factorsForward + factorsBackward + toInputs, step.adapterFlop());
    assertEquals(3 * ATTENTION, step.attentionFlop());
    assertEquals(step.baseFlop() + step.adapterFlop() + step.attentionFlop(), step.flop());
  }

  @Test
  void twiceTheRankIsTwiceTheAdaptersWork() {
    assertEquals(2 * step(1, layer(3)).adapterFlop(), step(1, layer(6)).adapterFlop());
    assertEquals(step(1, layer(3)).baseFlop(), step(1, layer(6)).baseFlop());
  }

  @Test
  void aSecondLayerPassesItsGradientThroughQkvToo() {
    StepArithmetic one = step(2, layer(1));
    StepArithmetic two = step(2, layer(1), layer(1));
    assertEquals(one.baseFlop() + 2 * FORWARD, two.baseFlop());
    assertEquals(2 * one.adapterFlop() + 2 * 3 * (4 + 4 + 4), two.adapterFlop());
    assertEquals(2 * one.attentionFlop(), two.attentionFlop());
  }

  @Test
  void checkpointingRunsAllButTheLastSegmentAgain() {
    DecoderShape.Layer l = layer(1);
    int factorsForward = 2 * 3 * 58;
    StepArithmetic kept = step(5, l, l, l, l, l);
    for (int[] segmentAndAgain : new int[][] {{1, 4}, {2, 4}, {3, 3}, {4, 4}, {5, 0}}) {
      int again = segmentAndAgain[1];
      StepArithmetic step = step(segmentAndAgain[0], l, l, l, l, l);
      assertEquals(kept.baseFlop() + again * FORWARD, step.baseFlop());
      assertEquals(kept.adapterFlop() + again * factorsForward, step.adapterFlop());
      assertEquals(kept.attentionFlop() + again * ATTENTION, step.attentionFlop());
    }
  }

  @Test
  void belowTheFirstAdaptedLayerNothingGoesBackwardOrTwice() {
    StepArithmetic above = step(1, layer(0), layer(1));
    StepArithmetic alone = step(1, layer(1));
    assertEquals(alone.baseFlop() + FORWARD, above.baseFlop());
    assertEquals(alone.adapterFlop(), above.adapterFlop());
    assertEquals(alone.attentionFlop() + ATTENTION, above.attentionFlop());
  }

  @Test
  void withDownAloneAdaptedOnlyTheHeadPassesAGradient() {
    DecoderShape.Layer bare = layer(0);
    StepArithmetic step =
        step(
            1,
            new DecoderShape.Layer(
                bare.intoAttention(),
                bare.outOfAttention(),
                bare.intoMlp(),
                List.of(linear(6, 4, 1))));
    assertEquals(FORWARD + 2 * HEAD, step.baseFlop());
    assertEquals(2 * 3 * (10 + 14), step.adapterFlop());
    assertEquals(ATTENTION, step.attentionFlop());
  }

  @Test
  void theProductsAreWhatTheBaseTakes() {
    Map<Product, Integer> products = step(1, layer(1), layer(1)).products();
    assertEquals(3, products.get(new Product(Direction.FORWARD, 3, 6, 4)));
    assertEquals(2, products.get(new Product(Direction.TO_INPUT, 3, 6, 4)));
    assertEquals(6, products.get(new Product(Direction.FORWARD, 3, 4, 2)));
    assertEquals(2, products.get(new Product(Direction.TO_INPUT, 3, 4, 2)));
    assertEquals(1, products.get(new Product(Direction.TO_INPUT, 2, 4, 10)));
  }

  @Test
  void aModelIsReadAsItIsAdapted() {
    ShapeOptions options = CommandLine.populateSpec(ShapeOptions.class, SMALL.split(" "));
    try (BenchmarkModel benchmark = BenchmarkModel.of(options, 8);
        TrainingStep step =
            new TrainingStep(benchmark.model(), List.of(3), GradientCheckpointing.everyLayer())) {
      DecoderShape.Layer expected =
          new DecoderShape.Layer(
              List.of(linear(4, 4, 5), linear(4, 2, 0), linear(4, 2, 5)),
              List.of(linear(4, 4, 0)),
              List.of(linear(4, 6, 0), linear(4, 6, 0)),
              List.of(linear(6, 4, 0)));
      DecoderModel model = benchmark.model();
      DecoderShape shape = new DecoderShape(List.of(expected, expected), linear(4, 10, 0), 4);
      assertEquals(shape, DecoderShape.of(model.decoder()));
      assertEquals(new StepArithmetic(shape, List.of(3), 2, 1).flop(), step.arithmetic().flop());
    }
  }

  private static final String SMALL =
      "--hidden 4 --layers 2 --heads 2 --kv-heads 1 --intermediate 6 --vocab 10 --rank 5"
          + " --targets q_proj,v_proj";
}
