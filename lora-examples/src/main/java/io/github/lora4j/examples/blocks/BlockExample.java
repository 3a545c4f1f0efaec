// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.blocks;

import ai.djl.Model;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.loss.Loss;
import ai.djl.translate.NoopTranslator;
import ai.djl.translate.TranslateException;
import io.github.lora4j.LoraModel;
import io.github.lora4j.TrainingException;
import io.github.lora4j.optim.AdamW;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Random;

/**
 * Trains a network of DJL's blocks, adapts it to something else with DJL's own training loop, and
 * shows that the network itself has forgotten nothing.
 */
final class BlockExample {
  private static final int SAMPLES = 512;
  private static final int BATCH = 32;
  private static final float LEARNING_RATE = 5e-3f;

  private final BlockTask task;
  private final BlockOptions options;
  private final PrintStream out;
  private final Random random;

  BlockExample(BlockTask task, BlockOptions options, PrintStream out) {
    this.task = task;
    this.options = options;
    this.out = out;
    random = new Random(options.seed());
  }

  /**
   * Runs the example.
   *
   * @return what the network got right, before and after
   */
  BlockResult run() {
    try (Model base = Model.newInstance("network", "PyTorch")) {
      base.getNDManager().getEngine().setRandomSeed((int) options.seed());
      base.setBlock(task.network());
      base.getBlock().initialize(base.getNDManager(), DataType.FLOAT32, task.inputShapes());
      train(base, false, options.baseEpochs());
      double known = accuracy(base, false);
      double before = accuracy(base, true);
      say("the network, trained for %s", task.known());
      accuracies(known, before);
      double after = adapt(base);
      return new BlockResult(known, before, after, accuracy(base, false));
    }
  }

  private double adapt(Model base) {
    Path adapter = options.output();
    try (LoraModel model = LoraModel.wrap(base, task.adapter(options.rank()))) {
      train(model, true, options.epochs());
      say("with an adapter for %s, %s", task.novel(), model.trainableParameters());
      accuracies(accuracy(model, false), accuracy(model, true));
      model.disableAdapters();
      say("the adapter disabled: the network as it was");
      accuracies(accuracy(model, false), accuracy(model, true));
      model.saveAdapter(adapter);
    }
    try (LoraModel model = LoraModel.load(base, adapter)) {
      double after = accuracy(model, true);
      model.merge();
      say("loaded again from %s and merged", adapter);
      accuracies(accuracy(model, false), accuracy(model, true));
      return after;
    }
  }

  private void accuracies(double known, double novel) {
    say("  %-36s %5.1f %% right", task.known(), 100 * known);
    say("  %-36s %5.1f %% right", task.novel(), 100 * novel);
  }

  private void say(String format, Object... arguments) {
    out.println(String.format(Locale.ROOT, format, arguments));
  }

  private void train(Model model, boolean novel, int epochs) {
    DefaultTrainingConfig config =
        new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss())
            .optOptimizer(AdamW.builder().learningRate(LEARNING_RATE).build());
    try (Trainer trainer = model.newTrainer(config);
        NDManager manager = model.getNDManager().newSubManager()) {
      trainer.initialize(task.inputShapes());
      EasyTrain.fit(trainer, epochs, dataset(task.draw(manager, random, novel, SAMPLES)), null);
    } catch (IOException | TranslateException e) {
      throw new TrainingException("the samples cannot be read: " + e.getMessage(), e);
    }
  }

  private static ArrayDataset dataset(NDList samples) {
    int inputs = samples.size() - 1;
    return new ArrayDataset.Builder()
        .setData(samples.subNDList(0).subList(0, inputs).toArray(NDArray[]::new))
        .optLabels(samples.get(inputs))
        .setSampling(BATCH, true)
        .build();
  }

  private double accuracy(Model model, boolean novel) {
    try (NDManager manager = model.getNDManager().newSubManager();
        Predictor<NDList, NDList> predictor = model.newPredictor(new NoopTranslator())) {
      NDList held = task.draw(manager, new Random(options.seed() + 1), novel, SAMPLES);
      NDArray classes = held.remove(held.size() - 1).flatten();
      NDArray answers = predictor.predict(held).head();
      answers.attach(manager);
      return answers.argMax(1).eq(classes).toType(DataType.FLOAT32, false).mean().getFloat();
    } catch (TranslateException e) {
      throw new TrainingException("the network cannot answer: " + e.getMessage(), e);
    }
  }
}
