// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import ai.djl.Model;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.ParameterStore;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.dataset.Batch;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import ai.djl.translate.TranslateException;
import io.github.lora4j.LoraModel;
import java.io.IOException;
import java.util.Random;

/** A small task for {@link GoldenNet}: which third of the ids is the most frequent in a row. */
final class ForeignTask {
  private static final int ROWS = 24;
  private static final int LENGTH = 7;
  private static final int IDS = 20;

  private ForeignTask() {}

  static DefaultTrainingConfig config() {
    return new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss())
        .optOptimizer(Optimizer.adam().optLearningRateTracker(Tracker.fixed(2e-2f)).build());
  }

  /** Trains by DJL's loop. */
  static void train(LoraModel model, int steps) throws IOException, TranslateException {
    try (Trainer trainer = model.newTrainer(config());
        NDManager manager = model.getNDManager().newSubManager()) {
      trainer.initialize(new Shape(1, LENGTH));
      EasyTrain.fit(trainer, steps, data(manager), null);
    }
  }

  /** One step of DJL's loop a batch. */
  static void steps(Trainer trainer, ArrayDataset data, int steps)
      throws IOException, TranslateException {
    for (int step = 0; step < steps; step++) {
      for (Batch batch : trainer.iterateDataset(data)) {
        EasyTrain.trainBatch(trainer, batch);
        trainer.step();
        batch.close();
      }
    }
  }

  /** All rows in one batch. */
  static ArrayDataset data(NDManager manager) {
    return new ArrayDataset.Builder()
        .setData(ids(manager))
        .optLabels(labels(manager))
        .setSampling(ROWS, false)
        .build();
  }

  static NDArray ids(NDManager manager) {
    return manager.create(rows(), new Shape(ROWS, LENGTH));
  }

  private static long[] rows() {
    return new Random(5).longs((long) ROWS * LENGTH, 0, IDS).toArray();
  }

  private static NDArray labels(NDManager manager) {
    long[] rows = rows();
    long[] labels = new long[ROWS];
    for (int row = 0; row < ROWS; row++) {
      int[] counts = new int[3];
      for (int i = 0; i < LENGTH; i++) {
        counts[(int) (rows[row * LENGTH + i] % 3)]++;
      }
      labels[row] =
          counts[0] >= counts[1] && counts[0] >= counts[2] ? 0 : counts[1] >= counts[2] ? 1 : 2;
    }
    return manager.create(labels, new Shape(ROWS, 1));
  }

  static float loss(Model model) {
    try (NDManager manager = model.getNDManager().newSubManager()) {
      NDArray predictions = forward(model, manager);
      return Loss.softmaxCrossEntropyLoss()
          .evaluate(new NDList(labels(manager)), new NDList(predictions))
          .getFloat();
    }
  }

  static float[] outputs(Model model) {
    try (NDManager manager = model.getNDManager().newSubManager()) {
      return forward(model, manager).toFloatArray();
    }
  }

  private static NDArray forward(Model model, NDManager manager) {
    ParameterStore store = new ParameterStore(manager, false);
    return model.getBlock().forward(store, new NDList(ids(manager)), false).head();
  }
}
