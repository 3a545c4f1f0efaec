// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Model;
import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Block;
import ai.djl.nn.core.Linear;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.ParameterStore;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.listener.TrainingListener;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import io.github.lora4j.variant.BiasedLora;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The layer alone, as a block among DJL's. */
class LoraLinearTest {
  private static final int IN = 6;
  private static final int OUT = 5;
  private static final int RANK = 2;
  private static final double SCALING = 2;

  private NDManager manager;
  private Linear linear;
  private LoraLinear layer;

  @BeforeEach
  void open() {
    Engine.getEngine("PyTorch").setRandomSeed(5);
    manager = NDManager.newBaseManager("PyTorch");
    linear = linear();
    layer = new LoraLinear(linear, IN, OUT);
  }

  @AfterEach
  void close() {
    manager.close();
  }

  private Linear linear() {
    Linear block = Linear.builder().setUnits(OUT).build();
    block.initialize(manager, DataType.FLOAT32, new Shape(1, IN));
    return block;
  }

  private LoraAdapter random(float dropout) {
    return LoraAdapter.own(
        manager.randomNormal(new Shape(RANK, IN)),
        manager.randomNormal(new Shape(OUT, RANK)),
        SCALING,
        dropout);
  }

  private NDArray forward(Block block, NDArray x, boolean training) {
    return block
        .forward(new ParameterStore(manager, false), new NDList(x), training)
        .singletonOrThrow();
  }

  private float[] formula(NDArray x, LoraAdapter adapter) {
    NDArray w = linear.getDirectParameters().get("weight").getArray();
    NDArray bias = linear.getDirectParameters().get("bias").getArray();
    NDArray change = adapter.b().getArray().matMul(adapter.a().getArray()).mul(adapter.scaling());
    return x.matMul(w.add(change).transpose()).add(bias).toFloatArray();
  }

  @Test
  void withoutAnActiveAdapterItIsItsBase() {
    NDArray x = manager.randomNormal(new Shape(3, IN));
    float[] base = forward(linear, x, false).toFloatArray();
    assertArrayEquals(base, forward(layer, x, false).toFloatArray());
    layer.put("a", random(0));
    assertArrayEquals(base, forward(layer, x, false).toFloatArray());
    layer.activate("a");
    assertNotEquals(base[0], forward(layer, x, false).toFloatArray()[0]);
    layer.activate("nobody");
    assertArrayEquals(base, forward(layer, x, false).toFloatArray());
    layer.activate("a");
    layer.deactivate();
    assertArrayEquals(base, forward(layer, x, false).toFloatArray());
  }

  @Test
  void aNewAdapterChangesNothing() {
    NDArray x = manager.randomNormal(new Shape(3, IN));
    layer.put("zero", LoraAdapter.zero(manager, RANK, IN, OUT, SCALING, 0f));
    layer.activate("zero");
    assertArrayEquals(
        forward(linear, x, false).toFloatArray(), forward(layer, x, false).toFloatArray());
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3, 4})
  void anyNumberOfLeadingDimensionsWillDo(int dimensions) {
    Shape shape =
        dimensions == 2
            ? new Shape(4, IN)
            : dimensions == 3 ? new Shape(2, 4, IN) : new Shape(2, 3, 4, IN);
    NDArray x = manager.randomNormal(shape);
    LoraAdapter adapter = random(0);
    layer.put("a", adapter);
    layer.activate("a");
    NDArray y = forward(layer, x, false);
    assertEquals(shape.slice(0, dimensions - 1).add(OUT), y.getShape());
    assertEquals(y.getShape(), layer.getOutputShapes(new Shape[] {shape})[0]);
    assertArrayEquals(formula(x, adapter), y.toFloatArray(), 1e-5f);
  }

  @Test
  void dropoutActsInTrainingAlone() {
    NDArray x = manager.ones(new Shape(64, IN));
    LoraAdapter adapter = random(0.5f);
    layer.put("a", adapter);
    layer.activate("a");
    assertArrayEquals(formula(x, adapter), forward(layer, x, false).toFloatArray(), 1e-5f);
    float[] once = forward(layer, x, true).toFloatArray();
    float[] again = forward(layer, x, true).toFloatArray();
    assertTrue(distance(once, again) > 1e-2);
    double mean = 0;
    for (int i = 0; i < 200; i++) {
      mean += forward(layer, x, true).mean().getFloat() / 200;
    }
    assertEquals(
        forward(layer, x, false).mean().getFloat(), mean, 0.05, "kept inputs are scaled up");
  }

  private static double distance(float[] a, float[] b) {
    double worst = 0;
    for (int i = 0; i < a.length; i++) {
      worst = Math.max(worst, Math.abs(a[i] - b[i]));
    }
    return worst;
  }

  /** DJL leaves a weight of a block it initialized trainable; merging has to bear that. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void mergingAndUnmergingRestoreTheWeightBitForBit(boolean frozen) {
    linear.freezeParameters(frozen);
    NDArray weight = linear.getDirectParameters().get("weight").getArray();
    float[] before = weight.toFloatArray();
    NDArray x = manager.randomNormal(new Shape(3, IN));
    layer.put("a", random(0));
    layer.activate("a");
    float[] unmerged = forward(layer, x, false).toFloatArray();

    int arrays = manager.getManagedArrays().size();
    layer.merge();
    layer.unmerge();
    assertEquals(arrays, manager.getManagedArrays().size());
    layer.merge();
    assertTrue(layer.isMerged());
    assertArrayEquals(unmerged, forward(layer, x, false).toFloatArray(), 1e-5f);
    assertArrayEquals(unmerged, forward(linear, x, false).toFloatArray(), 1e-5f);
    assertThrows(IllegalStateException.class, () -> layer.activate("a"));
    assertThrows(IllegalStateException.class, layer::deactivate);
    assertThrows(IllegalStateException.class, () -> layer.remove("a"));

    layer.unmerge();
    assertFalse(layer.isMerged());
    assertArrayEquals(before, weight.toFloatArray());
    assertEquals(!frozen, weight.hasGradient());
    assertArrayEquals(unmerged, forward(layer, x, false).toFloatArray());
  }

  @Test
  void aKeptMergeIsTheBases() {
    NDArray x = manager.randomNormal(new Shape(3, IN));
    layer.put("a", random(0));
    layer.activate("a");
    float[] expected = forward(layer, x, false).toFloatArray();
    layer.merge();
    layer.keepMerged();
    layer.unmerge();
    assertTrue(layer.adapters().isEmpty());
    assertArrayEquals(expected, forward(linear, x, false).toFloatArray(), 1e-5f);
  }

  @Test
  void closingFreesTheAdaptersAndLeavesTheBase() {
    int before = manager.getManagedArrays().size();
    layer.put("a", random(0));
    layer.put("b", random(0));
    assertSame(layer.adapters().get("a"), layer.adapters().values().iterator().next());
    layer.remove("a");
    layer.remove("nobody");
    layer.close();
    assertEquals(before, manager.getManagedArrays().size());
    forward(layer, manager.ones(new Shape(1, IN)), false);
  }

  @Test
  void anAdapterThatDoesNotFitIsRefused() {
    layer.put("a", random(0));
    LoraAdapter wide = LoraAdapter.zero(manager, RANK, IN + 1, OUT, 1, 0f);
    String message =
        assertThrows(ConfigurationException.class, () -> layer.put("wide", wide)).getMessage();
    assertTrue(message.contains("A (2, 7)"), message);
    assertTrue(message.contains("maps 6 to 5"), message);
    LoraAdapter fits = random(0);
    message = assertThrows(ConfigurationException.class, () -> layer.put("a", fits)).getMessage();
    assertTrue(message.contains("\"a\" exists already"), message);
    message =
        assertThrows(
                ConfigurationException.class,
                () ->
                    LoraAdapter.own(
                        manager.ones(new Shape(2, IN)), manager.ones(new Shape(OUT, 3)), 1, 0f))
            .getMessage();
    assertTrue(message.contains("A (2, 6) and B (5, 3)"), message);
  }

  @Test
  void aBiasOfBIsNotLostInAMergedWeight() {
    LoraAdapter plain = random(0);
    NDArray bias = manager.ones(new Shape(OUT));
    NDArray a = plain.a().getArray();
    NDArray b = plain.b().getArray();
    layer.put("a", LoraAdapter.own(a, b, SCALING, 0f, BiasedLora.own(bias)));
    layer.activate("a");
    String message = assertThrows(IllegalStateException.class, layer::merge).getMessage();
    assertTrue(message.contains("lora_bias"), message);
    assertFalse(layer.isMerged());
  }

  /** Learns another linear map's difference by its factors alone, through DJL's own loop. */
  @Test
  void djlTrainsTheFactorsAlone() throws Exception {
    linear.freezeParameters(true);
    float[] weight = linear.getDirectParameters().get("weight").getArray().toFloatArray();
    NDArray x = manager.randomNormal(new Shape(64, IN));
    NDArray labels = manager.create(formula(x, random(0)), new Shape(64, OUT));
    layer.put("a", LoraAdapter.zero(manager, RANK, IN, OUT, SCALING, 0f));
    layer.activate("a");
    LoraAdapter adapter = layer.active().get(0);
    adapter.a().freeze(false);
    adapter.b().freeze(false);
    double before = loss(x, labels);
    fit(new ArrayDataset.Builder().setData(x).optLabels(labels).setSampling(16, false).build());
    double after = loss(x, labels);
    assertTrue(after < before / 100, () -> before + " to " + after);
    assertArrayEquals(weight, linear.getDirectParameters().get("weight").getArray().toFloatArray());
  }

  private double loss(NDArray x, NDArray labels) {
    return forward(layer, x, false).sub(labels).square().mean().getFloat();
  }

  private void fit(ArrayDataset data) throws Exception {
    Optimizer adam = Optimizer.adam().optLearningRateTracker(Tracker.fixed(0.05f)).build();
    DefaultTrainingConfig config =
        new DefaultTrainingConfig(Loss.l2Loss())
            .optOptimizer(adam)
            .addTrainingListeners(TrainingListener.Defaults.basic());
    try (Model model = Model.newInstance("lora", "PyTorch")) {
      model.setBlock(layer);
      try (Trainer trainer = model.newTrainer(config)) {
        trainer.initialize(new Shape(16, IN));
        EasyTrain.fit(trainer, 40, data, null);
      }
    }
  }
}
