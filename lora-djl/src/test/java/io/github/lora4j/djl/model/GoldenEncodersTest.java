// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import ai.djl.ndarray.NDArray;
import ai.djl.nn.Parameter;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.Trainer;
import ai.djl.training.loss.Loss;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.lora4j.LoraModel;
import io.github.lora4j.djl.format.SafetensorsFile;
import io.github.lora4j.optim.AdamW;
import io.github.lora4j.peft.PeftNames;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What transformers and PEFT compute of encoders, from their reference tensors. */
class GoldenEncodersTest {
  private static final float LOGITS = 1e-4f;
  private static final float TRAINING = 2e-4f;

  /** Half a step of AdamW: a gradient that is rounding noise makes a step of it. */
  private static final float TRAINED = 5e-3f;

  @ParameterizedTest
  @MethodSource("io.github.lora4j.djl.model.TinyEncoders#checkpoints")
  void aCheckpointComputesWhatTransformersComputes(Path model) {
    try (CheckpointEncoder encoder = TinyEncoders.load(model)) {
      assertArrayEquals(
          TinyEncoders.reference(model, "logits"), TinyEncoders.logits(encoder, model), LOGITS);
    }
  }

  @ParameterizedTest
  @MethodSource("io.github.lora4j.djl.model.TinyEncoders#adapters")
  void anAdapterComputesWhatPeftComputes(Path adapter) {
    Path model = adapter.getParent().getParent();
    try (CheckpointEncoder base = TinyEncoders.load(model);
        LoraModel lora = LoraModel.load(base, adapter)) {
      assertArrayEquals(
          TinyEncoders.reference(adapter, "logits"), TinyEncoders.logits(lora, model), LOGITS);
      lora.merge();
      assertArrayEquals(
          TinyEncoders.reference(adapter, "merged_logits"),
          TinyEncoders.logits(lora, model),
          LOGITS);
      lora.unmerge();
      assertArrayEquals(
          TinyEncoders.reference(adapter, "logits"), TinyEncoders.logits(lora, model), LOGITS);
      lora.disableAdapters();
      assertArrayEquals(
          TinyEncoders.reference(model, "logits"), TinyEncoders.logits(lora, model), LOGITS);
    }
  }

  @ParameterizedTest
  @MethodSource("io.github.lora4j.djl.model.TinyEncoders#adapters")
  void anAdapterCountsAsPeftDoes(Path adapter) throws IOException {
    JsonObject counts =
        JsonParser.parseString(Files.readString(adapter.resolve("counts.json"))).getAsJsonObject();
    try (CheckpointEncoder base = TinyEncoders.baseOf(adapter);
        LoraModel lora = LoraModel.load(base, adapter)) {
      assertEquals(counts.get("trainable").getAsLong(), lora.trainableParameters().trainable());
      assertEquals(counts.get("all").getAsLong(), lora.trainableParameters().total());
    }
  }

  @ParameterizedTest
  @MethodSource("io.github.lora4j.djl.model.TinyEncoders#adapters")
  void anAdapterTrainsAsPeftDoes(Path adapter) {
    Path model = adapter.getParent().getParent();
    AdamW optimizer = AdamW.builder().learningRate(1e-2f).weightDecay(0.01f).build();
    DefaultTrainingConfig config =
        new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss()).optOptimizer(optimizer);
    try (CheckpointEncoder base = TinyEncoders.load(model);
        AdaptedEncoder lora = AdaptedEncoder.load(base, adapter);
        Trainer trainer = lora.newTrainer(config)) {
      float[] expected = TinyEncoders.reference(adapter, "train_losses");
      float[] losses = new float[expected.length];
      losses[0] = TinyEncoders.backward(trainer, model);
      assertSame(lora, adapter, "grad.", p -> p.getArray().getGradient(), TRAINING);
      trainer.step();
      for (int step = 1; step < losses.length; step++) {
        losses[step] = TinyEncoders.backward(trainer, model);
        trainer.step();
      }
      assertArrayEquals(expected, losses, TRAINING);
      assertSame(lora, adapter, "final.", p -> p.getArray().stopGradient(), TRAINED);
    }
  }

  private static void assertSame(
      AdaptedEncoder lora,
      Path adapter,
      String prefix,
      Function<Parameter, NDArray> value,
      float tolerance) {
    List<String> names = names(adapter, prefix);
    assertFalse(names.isEmpty());
    assertEquals(lora.adapterSet().requireActive().trained().size(), names.size());
    for (String name : names) {
      Parameter parameter =
          PeftNames.parse(name.substring(prefix.length()))
              .map(tensor -> lora.adapterSet().requireActive().trained().get(tensor))
              .orElseThrow();
      try (NDArray array = value.apply(parameter)) {
        assertArrayEquals(
            TinyEncoders.reference(adapter, name), array.toFloatArray(), tolerance, name);
      }
    }
  }

  private static List<String> names(Path directory, String prefix) {
    try (SafetensorsFile file = SafetensorsFile.open(directory.resolve("io.safetensors"))) {
      return file.names().stream().filter(name -> name.startsWith(prefix)).toList();
    }
  }
}
