// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Model;
import ai.djl.metric.Metrics;
import ai.djl.ndarray.BaseNDManager;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.core.Linear;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.listener.TrainingListener;
import ai.djl.training.loss.Loss;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.translate.TranslateException;
import io.github.lora4j.CausalLm;
import io.github.lora4j.LoraModel;
import io.github.lora4j.djl.format.SafetensorsFile;
import io.github.lora4j.optim.AdamW;
import io.github.lora4j.optim.PagedAdamW;
import io.github.lora4j.train.CausalLmLoss;
import io.github.lora4j.train.FineTuner;
import io.github.lora4j.train.FineTuningResult;
import io.github.lora4j.train.LearningRateSchedule;
import io.github.lora4j.train.TrainableModules;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The paged optimizer under the fine-tuner, under EasyTrain, and without any model of ours. */
class PagedTrainingTest {
  @TempDir Path directory;

  private static PagedAdamW.Builder paged(int bits) {
    return PagedAdamW.builder()
        .bits(bits)
        .learningRate(5e-3f)
        .weightDecay(0)
        .pageSize(4096)
        .residentBudget(3 * 4096);
  }

  private static FineTuner tuner(PagedAdamW optimizer, int epochs) {
    return FineTuner.builder().optimizer(optimizer).epochs(epochs).batchSize(5).silent().build();
  }

  @Test
  void anAdapterTrainsAsWithTheFineTunersOwnOptimizer() {
    try (CausalLm base = TinyTraining.llama();
        LoraModel model = TinyTraining.wrap(base, 0);
        PagedAdamW optimizer = paged(32).build()) {
      tuner(optimizer, 4).fit(model, TinyTraining.data());
      Map<String, float[]> actual = TinyTraining.trained(model);
      assertTrue(optimizer.statistics().bytesRead() > 0, "the budget is below the state");
      try (CausalLm same = TinyTraining.llama();
          LoraModel own = TinyTraining.wrap(same, 0)) {
        TinyTraining.tuner()
            .epochs(4)
            .batchSize(5)
            .schedule(LearningRateSchedule.CONSTANT)
            .build()
            .fit(own, TinyTraining.data());
        TinyTraining.assertEqualValues(TinyTraining.trained(own), actual);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {8, 32})
  void aWholeModelTrainsAndGoesOnFromSavedState(int bits) {
    Path saved = directory.resolve("optimizer.safetensors");
    try (CausalLm whole = TinyTraining.llama();
        CausalLm parts = TinyTraining.llama();
        PagedAdamW unbroken = paged(bits).build();
        PagedAdamW first = paged(bits).build();
        PagedAdamW second = paged(bits).build()) {
      whole.train(TrainableModules.all());
      parts.train(TrainableModules.all());
      tuner(unbroken, 1).fit(whole, TinyTraining.data());
      FineTuningResult expected = tuner(unbroken, 1).fit(whole, TinyTraining.data());
      tuner(first, 1).fit(parts, TinyTraining.data());
      first.save(saved);
      second.restore(saved);
      FineTuningResult resumed = tuner(second, 1).fit(parts, TinyTraining.data());
      assertEquals(expected.stepReports().get(0).loss(), resumed.stepReports().get(0).loss());
      TinyTraining.assertEqualValues(TinyTraining.trained(whole), TinyTraining.trained(parts));
      try (SafetensorsFile file = SafetensorsFile.open(saved)) {
        assertEquals(bits == 8, file.contains("model.embed_tokens.weight.state1"));
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {8, 32})
  void easyTrainTakesItAndLeavesNoArrays(int bits) throws IOException, TranslateException {
    try (CausalLm base = TinyTraining.llama();
        PagedAdamW optimizer = paged(bits).build()) {
      base.train(TrainableModules.all());
      DefaultTrainingConfig config =
          new DefaultTrainingConfig(new CausalLmLoss())
              .optOptimizer(optimizer)
              .addTrainingListeners(TrainingListener.Defaults.basic());
      try (Trainer trainer = base.newTrainer(config)) {
        trainer.setMetrics(new Metrics());
        EasyTrain.fit(trainer, 1, TinyTraining.data(), null);
        float first = trainer.getTrainingResult().getTrainLoss();
        int arrays = ((BaseNDManager) base.getNDManager()).getManagedArrays().size();
        EasyTrain.fit(trainer, 8, TinyTraining.data(), null);
        float last = trainer.getTrainingResult().getTrainLoss();
        assertTrue(last < first - 0.1f, first + " then " + last);
        assertEquals(arrays, ((BaseNDManager) base.getNDManager()).getManagedArrays().size());
      }
    }
  }

  @Test
  void djlsOwnTrainerLearnsAndSavesUnderTheNamesOfTheBlock()
      throws IOException, TranslateException {
    Path saved = directory.resolve("optimizer.safetensors");
    AtomicReference<PagedAdamW> paged = new AtomicReference<>();
    assertLearnsSums(line -> AdamW.builder().learningRate(0.1f).build());
    assertLearnsSums(
        line -> {
          paged.set(paged(32).learningRate(0.1f).namesOf(line).build());
          return paged.get();
        });
    paged.get().save(saved);
    paged.get().close();
    try (SafetensorsFile file = SafetensorsFile.open(saved)) {
      assertTrue(file.contains("weight.exp_avg"), file.names().toString());
    }
  }

  /** It does only if the gradient of a batch is gone when the next one's comes. */
  private static void assertLearnsSums(Function<Linear, Optimizer> optimizer)
      throws IOException, TranslateException {
    try (Model model = Model.newInstance("line", "PyTorch")) {
      Linear line = Linear.builder().setUnits(1).build();
      model.setBlock(line);
      line.initialize(model.getNDManager(), DataType.FLOAT32, new Shape(1, 2));
      DefaultTrainingConfig config =
          new DefaultTrainingConfig(Loss.l2Loss()).optOptimizer(optimizer.apply(line));
      try (Trainer trainer = model.newTrainer(config)) {
        EasyTrain.fit(trainer, 100, sums(trainer), null);
        NDList two = new NDList(trainer.getManager().create(new float[][] {{2, 3}}));
        assertEquals(5, trainer.forward(two).singletonOrThrow().getFloat(0, 0), 0.2);
      }
    }
  }

  /** Two numbers and their sum. */
  private static ArrayDataset sums(Trainer trainer) {
    return new ArrayDataset.Builder()
        .setData(trainer.getManager().create(new float[] {1, 2, 3, 4, 0, 1, 2, 0}, new Shape(4, 2)))
        .optLabels(trainer.getManager().create(new float[] {3, 7, 1, 2}, new Shape(4, 1)))
        .setSampling(2, false)
        .build();
  }
}
