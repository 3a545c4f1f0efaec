// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.metric.Metrics;
import ai.djl.ndarray.BaseNDManager;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.Batch;
import ai.djl.training.evaluator.Accuracy;
import ai.djl.training.listener.TrainingListener;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import ai.djl.translate.TranslateException;
import io.github.lora4j.CausalLm;
import io.github.lora4j.LoraModel;
import io.github.lora4j.data.InstructionDataset;
import io.github.lora4j.djl.model.DecoderModel;
import io.github.lora4j.train.CausalLmLoss;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** DJL's own training loop on our models. */
class EasyTrainTest {
  private CausalLm base;
  private LoraModel model;

  @BeforeEach
  void load() {
    base = TinyTraining.llama();
    model = LoraModel.load(base, TinyTraining.LLAMA.resolve("adapters/all-linear"));
  }

  @AfterEach
  void close() {
    model.close();
    base.close();
  }

  @Test
  void djlsAdamTrainsWithItsListenersAndMetrics() throws IOException, TranslateException {
    assertLossFalls(Optimizer.adam().optLearningRateTracker(Tracker.fixed(1e-2f)).build());
  }

  @Test
  void djlsAdamWTrainsWithItsListenersAndMetrics() throws IOException, TranslateException {
    assertLossFalls(Optimizer.adamW().optLearningRateTracker(Tracker.fixed(1e-2f)).build());
  }

  private void assertLossFalls(Optimizer optimizer) throws IOException, TranslateException {
    DefaultTrainingConfig config =
        config(new CausalLmLoss())
            .optOptimizer(optimizer)
            .addTrainingListeners(TrainingListener.Defaults.logging());
    InstructionDataset data = TinyTraining.data();
    try (Trainer trainer = model.newTrainer(config)) {
      Metrics metrics = new Metrics();
      trainer.setMetrics(metrics);
      trainer.initialize(new Shape(1, 8), new Shape(1, 8));
      EasyTrain.fit(trainer, 1, data, data);
      float first = trainer.getTrainingResult().getTrainLoss();
      EasyTrain.fit(trainer, 6, data, data);
      float last = trainer.getTrainingResult().getTrainLoss();
      assertTrue(last < first - 0.1f, first + " then " + last);
      float validation = trainer.getTrainingResult().getValidateLoss();
      assertTrue(Float.isFinite(validation) && validation < first, "validation " + validation);
      assertEquals(7, metrics.getMetric("train_epoch_CausalLmLoss").size());
      assertTrue(metrics.hasMetric("step") && metrics.hasMetric("forward"));
    }
  }

  @Test
  void aLossOnLogitsGivesTheGradientsOfTheChunkedLoss() throws IOException, TranslateException {
    Map<String, float[]> chunked = gradients(config(new CausalLmLoss()));
    Map<String, float[]> onLogits = gradients(config(new CrossEntropyOfLogits()));
    Map<String, float[]> besideAnEvaluator =
        gradients(config(new CausalLmLoss()).addEvaluator(new NextTokenAccuracy()));
    assertEquals(28, chunked.size());
    chunked.forEach(
        (name, gradient) -> {
          assertArrayEquals(gradient, onLogits.get(name), 1e-6f, name);
          assertArrayEquals(gradient, besideAnEvaluator.get(name), 1e-6f, name);
        });
  }

  private Map<String, float[]> gradients(DefaultTrainingConfig config)
      throws IOException, TranslateException {
    Map<String, Parameter> trainable = ((DecoderModel) model).decoder().trainableParameters();
    Map<String, float[]> gradients = new LinkedHashMap<>();
    try (Trainer trainer = model.newTrainer(config)) {
      for (Batch batch : trainer.iterateDataset(TinyTraining.data())) {
        EasyTrain.trainBatch(trainer, batch);
        batch.close();
      }
      for (Map.Entry<String, Parameter> entry : trainable.entrySet()) {
        try (NDArray gradient = GradientEngine.gradient(entry.getValue())) {
          gradients.put(entry.getKey(), gradient.toFloatArray());
        }
      }
      trainer.newGradientCollector().zeroGradients();
    }
    return gradients;
  }

  @Test
  void manyBatchesLeaveNoArraysBehind() throws IOException, TranslateException {
    int before = arrays();
    try (Trainer trainer = model.newTrainer(config(new CausalLmLoss()))) {
      EasyTrain.fit(trainer, 2, TinyTraining.data(), null);
      int early = arrays();
      EasyTrain.fit(trainer, 20, TinyTraining.data(), null);
      assertEquals(early, arrays());
    }
    assertEquals(before, arrays());
  }

  private int arrays() {
    return ((BaseNDManager) base.getNDManager()).getManagedArrays().size();
  }

  private static DefaultTrainingConfig config(Loss loss) {
    return new DefaultTrainingConfig(loss)
        .optOptimizer(Optimizer.sgd().setLearningRateTracker(Tracker.fixed(0.1f)).build());
  }

  /** The formula of the loss in DJL's operators, on logits (B, S, vocabulary). */
  private static final class CrossEntropyOfLogits extends Loss {
    CrossEntropyOfLogits() {
      super("CrossEntropyOfLogits");
    }

    @Override
    public NDArray evaluate(NDList labels, NDList predictions) {
      NDArray logits = predictions.singletonOrThrow().get(new NDIndex(":, :-1"));
      NDArray next = labels.singletonOrThrow().get(new NDIndex(":, 1:"));
      NDArray learned = next.gte(0);
      NDArray probabilities = logits.softmax(-1).gather(next.maximum(0).expandDims(-1), -1);
      NDArray losses = probabilities.squeeze(-1).log().neg();
      NDArray weights = learned.toType(DataType.FLOAT32, true);
      return losses.mul(weights).sum().div(weights.sum());
    }
  }

  /** The share of learned tokens that have the largest logit. */
  private static final class NextTokenAccuracy extends Accuracy {
    @Override
    protected ai.djl.util.Pair<Long, NDArray> accuracyHelper(NDList labels, NDList predictions) {
      NDArray logits = predictions.singletonOrThrow().get(new NDIndex(":, :-1"));
      NDArray next = labels.singletonOrThrow().get(new NDIndex(":, 1:"));
      NDArray right = logits.argMax(-1).toType(DataType.INT64, false).eq(next);
      return new ai.djl.util.Pair<>(next.gte(0).countNonzero().getLong(), right);
    }
  }
}
