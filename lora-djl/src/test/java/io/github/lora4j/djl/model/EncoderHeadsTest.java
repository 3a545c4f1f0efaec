// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.ParameterStore;
import ai.djl.training.Trainer;
import ai.djl.training.loss.Loss;
import io.github.lora4j.EncoderTask;
import io.github.lora4j.LoraModel;
import io.github.lora4j.djl.format.SafetensorsFile;
import io.github.lora4j.djl.kernel.EngineMode;
import io.github.lora4j.train.TokenLoss;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every head against transformers, and every gradient against libtorch's own. */
class EncoderHeadsTest {
  private static final float TOLERANCE = 1e-4f;

  /** What transformers looks for where a head is not tied. */
  private static final List<String> UNTIED =
      List.of(
          "cls.predictions.bias", "cls.predictions.decoder.bias", "cls.predictions.decoder.weight");

  @ParameterizedTest
  @MethodSource("io.github.lora4j.djl.model.TinyEncoders#samples")
  void aHeadComputesWhatTransformersComputes(Path sample) {
    float[] expected = TinyEncoders.reference(sample, "logits");
    long[] mask = integers(sample, "attention_mask");
    try (CheckpointEncoder encoder = TinyEncoders.load(sample)) {
      float[] actual = TinyEncoders.logits(encoder, sample);
      int width = expected.length / mask.length;
      for (int cell = 0; cell < expected.length; cell++) {
        // transformers computes something where there is padding, too.
        float wanted = mask[cell / width] == 0 ? 0 : expected[cell];
        assertEquals(wanted, actual[cell], TOLERANCE);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("io.github.lora4j.djl.model.TinyEncoders#samples")
  void theLossIsThatOfTransformers(Path sample) {
    try (CheckpointEncoder encoder = TinyEncoders.load(sample);
        NDManager scope = encoder.getNDManager().newSubManager()) {
      NDArray logits = TinyModels.forward(encoder, scope, TinyEncoders.batch(scope, sample));
      NDArray loss =
          new TokenLoss().evaluate(TinyEncoders.labels(scope, sample), new NDList(logits));
      assertEquals(TinyEncoders.reference(sample, "loss")[0], loss.getFloat(), TOLERANCE);
    }
  }

  @ParameterizedTest
  @MethodSource("io.github.lora4j.djl.model.TinyEncoders#all")
  void gradientsOfAFullFineTuningAreThoseOfTheGraph(Path checkpoint) {
    try (CheckpointEncoder encoder = TinyEncoders.load(checkpoint)) {
      encoder.getBlock().freezeParameters(false);
      Loss loss =
          encoder.task() == EncoderTask.SEQUENCE_CLASSIFICATION
              ? Loss.softmaxCrossEntropyLoss()
              : new TokenLoss();
      try (Trainer trainer = encoder.newTrainer(new DefaultTrainingConfig(loss))) {
        TinyEncoders.backward(trainer, checkpoint);
        Map<String, float[]> byTape = takeGradients(encoder, trainer);
        derive(encoder, loss, checkpoint);
        Map<String, float[]> byGraph = takeGradients(encoder, trainer);
        byGraph.forEach((n, values) -> assertArrayEquals(values, byTape.get(n), 1e-5f, n));
        assertTrue(byGraph.values().stream().anyMatch(values -> values[0] != 0));
      }
    }
  }

  private static void derive(CheckpointEncoder encoder, Loss loss, Path checkpoint) {
    try (EngineMode mode = EngineMode.recording();
        NDManager scope = encoder.getNDManager().newSubManager()) {
      ParameterStore store = new ParameterStore(scope, false);
      NDList logits =
          encoder.getBlock().forward(store, TinyEncoders.batch(scope, checkpoint), true);
      try (var collector = scope.getEngine().newGradientCollector()) {
        collector.backward(loss.evaluate(TinyEncoders.labels(scope, checkpoint), logits));
      }
    }
  }

  private static Map<String, float[]> takeGradients(CheckpointEncoder encoder, Trainer trainer) {
    Map<String, float[]> gradients = new LinkedHashMap<>();
    for (var pair : encoder.encoder().trainableParameters().entrySet()) {
      Parameter parameter = pair.getValue();
      try (NDArray gradient = parameter.getArray().getGradient()) {
        gradients.put(pair.getKey(), gradient.toFloatArray());
      }
    }
    try (var collector = trainer.newGradientCollector()) {
      collector.zeroGradients();
    }
    return gradients;
  }

  @Test
  void aTiedHeadIsOneTable(@TempDir Path directory) {
    try (CheckpointEncoder base = TinyEncoders.load(TinyEncoders.MASKED_LM)) {
      assertEquals(11_997, base.trainableParameters().total());
      base.saveCheckpoint(directory);
    }
    assertTrue(names(directory).contains("cls.predictions.bias"));
    assertFalse(names(directory).contains("cls.predictions.decoder.weight"));
  }

  private static Collection<String> names(Path checkpoint) {
    try (SafetensorsFile file = SafetensorsFile.open(checkpoint.resolve("model.safetensors"))) {
      return List.copyOf(file.names());
    }
  }

  @Test
  void anAdapterOnATiedHeadUntiesItWhenMerged(@TempDir Path directory) {
    try (CheckpointEncoder base = TinyEncoders.load(TinyEncoders.MASKED_LM)) {
      LoraModel lora =
          LoraModel.wrap(base, TinyModels.random("cls.predictions.decoder", "query").build());
      float[] expected = TinyEncoders.logits(lora, TinyEncoders.MASKED_LM);
      lora.saveMerged(directory.resolve("merged"));
      lora.saveMerged(TinyEncoders.MASKED_LM, directory.resolve("original"));
      lora.mergeAndUnload();
      assertArrayEquals(expected, TinyEncoders.logits(base, TinyEncoders.MASKED_LM), TOLERANCE);
      base.saveCheckpoint(directory.resolve("unloaded"));
      for (String saved : List.of("merged", "original", "unloaded")) {
        try (CheckpointEncoder loaded = TinyEncoders.load(directory.resolve(saved))) {
          float[] actual = TinyEncoders.logits(loaded, TinyEncoders.MASKED_LM);
          assertArrayEquals(expected, actual, TOLERANCE, saved);
        }
        assertTrue(names(directory.resolve(saved)).containsAll(UNTIED), saved);
      }
    }
  }

  private static long[] integers(Path sample, String name) {
    try (SafetensorsFile file = SafetensorsFile.open(sample.resolve("io.safetensors"));
        NDManager manager = NDManager.newBaseManager()) {
      return file.tensor(name).toNDArray(manager).toLongArray();
    }
  }
}
