// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.modality.Classifications;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.DefaultTrainingConfig;
import ai.djl.training.EasyTrain;
import ai.djl.training.Trainer;
import ai.djl.training.dataset.ArrayDataset;
import ai.djl.training.evaluator.Accuracy;
import ai.djl.training.listener.EvaluatorTrainingListener;
import ai.djl.training.loss.Loss;
import ai.djl.translate.TranslateException;
import io.github.lora4j.CheckpointException;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.HuggingFaceModel;
import io.github.lora4j.LoadOptions;
import io.github.lora4j.LoraConfig;
import io.github.lora4j.LoraException;
import io.github.lora4j.LoraModel;
import io.github.lora4j.TaskType;
import io.github.lora4j.TextEncoder;
import io.github.lora4j.TrainingException;
import io.github.lora4j.djl.nn.QuantizedLinear;
import io.github.lora4j.optim.AdamW;
import io.github.lora4j.quant.Quantization;
import io.github.lora4j.train.GradientCheckpointing;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a user does with an encoder. */
class TextEncoderTest {
  private static final float TOLERANCE = 1e-5f;

  private static final String TOKENIZER =
      """
      {"version": "1.0", "truncation": null, "padding": null, "added_tokens": [],
       "normalizer": null, "pre_tokenizer": {"type": "Whitespace"},
       "post_processor": {"type": "TemplateProcessing",
         "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}},
                    {"Sequence": {"id": "A", "type_id": 0}},
                    {"SpecialToken": {"id": "[SEP]", "type_id": 0}}],
         "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
         "special_tokens": {"[CLS]": {"id": "[CLS]", "ids": [1], "tokens": ["[CLS]"]},
                            "[SEP]": {"id": "[SEP]", "ids": [2], "tokens": ["[SEP]"]}}},
       "decoder": null,
       "model": {"type": "WordLevel", "unk_token": "[UNK]",
         "vocab": {"[UNK]": 0, "[CLS]": 1, "[SEP]": 2, "[PAD]": 3, "a": 10, "good": 11, "film": 12}}}
      """;

  private static LoraConfig classifier() {
    return TinyModels.random("query", "value").taskType(TaskType.SEQ_CLS).build();
  }

  private static Path withTokenizer(Path source, Path directory) throws IOException {
    CheckpointCopy copy = CheckpointCopy.of(source, directory);
    copy.write("tokenizer.json", TOKENIZER);
    return copy.directory();
  }

  @ParameterizedTest
  @MethodSource("io.github.lora4j.djl.model.TinyEncoders#checkpoints")
  void textsAreClassifiedEachForItself(Path checkpoint, @TempDir Path directory)
      throws IOException {
    Path model = withTokenizer(checkpoint, directory.resolve("model"));
    try (TextEncoder encoder = HuggingFaceModel.loadEncoder(model);
        LiveArrays live = new LiveArrays()) {
      assertEquals(List.of("LABEL_0", "LABEL_1", "LABEL_2"), encoder.labels());
      List<Classifications> both = encoder.classify(List.of("a good film", "film"));
      assertEquals(2, both.size());
      for (Classifications one : both) {
        assertEquals(1, one.getProbabilities().stream().mapToDouble(p -> p).sum(), 1e-6);
      }
      Classifications alone = encoder.classify(List.of("film")).get(0);
      for (String label : encoder.labels()) {
        assertEquals(
            alone.get(label).getProbability(), both.get(1).get(label).getProbability(), 1e-6);
      }
      assertEquals(List.of(), encoder.classify(List.of()));
      assertEquals(0, live.count());
    }
  }

  @Test
  void labelsThatDoNotExcludeEachOtherAreScoredApart(@TempDir Path directory) throws IOException {
    CheckpointCopy copy =
        new CheckpointCopy(withTokenizer(TinyEncoders.BERT, directory.resolve("m")));
    copy.set("config.json", "problem_type", "\"multi_label_classification\"");
    float[] softmax = probabilities(TinyEncoders.BERT, directory.resolve("softmax"));
    try (TextEncoder encoder = HuggingFaceModel.loadEncoder(copy.directory())) {
      Classifications scores = encoder.classify(List.of("a good film")).get(0);
      double odds0 = odds(scores.get("LABEL_0").getProbability());
      double odds1 = odds(scores.get("LABEL_1").getProbability());
      assertEquals(softmax[0] / softmax[1], odds0 / odds1, 1e-4);
    }
  }

  private static double odds(double probability) {
    return probability / (1 - probability);
  }

  private static float[] probabilities(Path source, Path directory) throws IOException {
    try (TextEncoder encoder = HuggingFaceModel.loadEncoder(withTokenizer(source, directory))) {
      Classifications result = encoder.classify(List.of("a good film")).get(0);
      float[] values = new float[3];
      for (int i = 0; i < 3; i++) {
        values[i] = (float) result.get("LABEL_" + i).getProbability();
      }
      return values;
    }
  }

  @Test
  void anAdaptedEncoderClassifiesWithItsAdapter(@TempDir Path directory) throws IOException {
    Path model = withTokenizer(TinyEncoders.BERT, directory.resolve("model"));
    List<String> text = List.of("a good film");
    try (TextEncoder base = HuggingFaceModel.loadEncoder(model)) {
      String before = base.classify(text).toString();
      try (LoraModel lora = LoraModel.wrap(base, classifier())) {
        TextEncoder adapted = assertInstanceOf(TextEncoder.class, lora);
        assertNotEquals(before, adapted.classify(text).toString());
        assertEquals(adapted.classify(text).toString(), base.classify(text).toString());
        lora.disableAdapters();
        assertEquals(before, adapted.classify(text).toString());
      }
      assertEquals(before, base.classify(text).toString());
    }
  }

  @ParameterizedTest
  @MethodSource("io.github.lora4j.djl.model.TinyEncoders#all")
  void anAdapterIsSavedAndLoaded(Path checkpoint, @TempDir Path directory) {
    float[] expected;
    float[] plain;
    try (CheckpointEncoder base = TinyEncoders.load(checkpoint)) {
      plain = TinyEncoders.logits(base, checkpoint);
      try (LoraModel lora = LoraModel.wrap(base, TinyModels.random().allLinear().build())) {
        expected = TinyEncoders.logits(lora, checkpoint);
        assertNotEquals(0, TinyModels.maxDifference(plain, expected));
        lora.saveAdapter(directory);
      }
      assertArrayEquals(plain, TinyEncoders.logits(base, checkpoint));
    }
    try (CheckpointEncoder base = TinyEncoders.load(checkpoint);
        LoraModel lora = LoraModel.load(base, directory)) {
      assertArrayEquals(expected, TinyEncoders.logits(lora, checkpoint));
    }
  }

  @ParameterizedTest
  @MethodSource("io.github.lora4j.djl.model.TinyEncoders#all")
  void theWaysToAMergedCheckpointAgree(Path checkpoint, @TempDir Path directory) {
    float[] expected;
    try (CheckpointEncoder base = TinyEncoders.load(checkpoint)) {
      LoraModel lora = LoraModel.wrap(base, TinyModels.random().allLinear().build());
      expected = TinyEncoders.logits(lora, checkpoint);
      lora.saveMerged(directory.resolve("saved"));
      lora.saveMerged(checkpoint, directory.resolve("original"));
      assertSame(base, lora.mergeAndUnload());
      base.saveCheckpoint(directory.resolve("unloaded"));
    }
    for (String way : List.of("saved", "original", "unloaded")) {
      try (CheckpointEncoder merged = TinyEncoders.load(directory.resolve(way))) {
        assertArrayEquals(expected, TinyEncoders.logits(merged, checkpoint), TOLERANCE, way);
      }
    }
  }

  @Test
  void aQuantisedEncoderKeepsItsClassifierAndTrains() {
    LoadOptions options = LoadOptions.builder().quantization(Quantization.nf4()).build();
    try (CheckpointEncoder base =
            (CheckpointEncoder) HuggingFaceModel.loadEncoder(TinyEncoders.ROBERTA, options);
        LoraModel lora = LoraModel.wrap(base, classifier());
        Trainer trainer =
            lora.newTrainer(
                new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss())
                    .optOptimizer(AdamW.builder().learningRate(1e-2f).build()))) {
      assertInstanceOf(
          QuantizedLinear.class,
          base.encoder().module("roberta.encoder.layer.0.attention.self.query").base());
      assertFalse(base.encoder().module("classifier.dense").base() instanceof QuantizedLinear);
      float first = TinyEncoders.backward(trainer, TinyEncoders.ROBERTA);
      trainer.step();
      for (int i = 0; i < 10; i++) {
        TinyEncoders.backward(trainer, TinyEncoders.ROBERTA);
        trainer.step();
      }
      float last = TinyEncoders.backward(trainer, TinyEncoders.ROBERTA);
      assertTrue(last < first / 2, first + " then " + last);
    }
  }

  /** The label is whether a sentence holds token 7. */
  @Test
  void easyTrainTrainsAClassifier() throws IOException, TranslateException {
    DefaultTrainingConfig config =
        new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss())
            .addEvaluator(new Accuracy())
            .addTrainingListeners(new EvaluatorTrainingListener())
            .optOptimizer(AdamW.builder().learningRate(1e-2f).build());
    try (CheckpointEncoder base = TinyEncoders.load(TinyEncoders.BERT);
        LoraModel lora = LoraModel.wrap(base, classifier());
        NDManager scope = base.getNDManager().newSubManager();
        Trainer trainer = lora.newTrainer(config)) {
      ArrayDataset data = sentences(scope);
      trainer.initialize(new Shape(1, 6));
      EasyTrain.fit(trainer, 8, data, data);
      assertTrue(
          trainer.getTrainingResult().getValidateEvaluation("Accuracy") > 0.9f,
          trainer.getTrainingResult().getEvaluations().toString());
    }
  }

  private static ArrayDataset sentences(NDManager manager) {
    int rows = 64;
    long[] ids = new long[rows * 6];
    long[] labels = new long[rows];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = 20 + (i * 31L) % 90;
    }
    for (int row = 0; row < rows; row += 2) {
      labels[row] = 1;
      ids[row * 6 + 1 + row % 5] = 7;
    }
    return new ArrayDataset.Builder()
        .setData(manager.create(ids, new Shape(rows, 6)))
        .optLabels(manager.create(labels))
        .setSampling(16, false)
        .build();
  }

  @ParameterizedTest
  @MethodSource("io.github.lora4j.djl.model.TinyEncoders#all")
  void aClosedEncoderLeavesNothing(Path checkpoint) {
    try (LiveArrays live = new LiveArrays()) {
      CheckpointEncoder base = TinyEncoders.load(checkpoint);
      LoraModel lora = LoraModel.wrap(base, TinyModels.random().allLinear().build());
      lora.merge();
      lora.close();
      base.close();
      assertEquals(0, live.count());
    }
  }

  @Test
  void trainingStepsLeaveNothing() {
    try (CheckpointEncoder base = TinyEncoders.load(TinyEncoders.BERT);
        LoraModel lora = LoraModel.wrap(base, classifier());
        AdamW optimizer = AdamW.builder().build();
        Trainer trainer =
            lora.newTrainer(
                new DefaultTrainingConfig(Loss.softmaxCrossEntropyLoss())
                    .optOptimizer(optimizer))) {
      TinyEncoders.backward(trainer, TinyEncoders.BERT);
      trainer.step();
      int held = TinyModels.arrays(base.getNDManager());
      try (LiveArrays live = new LiveArrays()) {
        for (int i = 0; i < 20; i++) {
          TinyEncoders.backward(trainer, TinyEncoders.BERT);
          trainer.step();
        }
        assertEquals(0, live.count());
      }
      assertEquals(held, TinyModels.arrays(base.getNDManager()));
    }
  }

  @Test
  void eachKindIsSentToItsOwnMethod() {
    ConfigurationException encoder =
        assertThrows(ConfigurationException.class, () -> HuggingFaceModel.load(TinyEncoders.BERT));
    assertTrue(encoder.getMessage().contains("HuggingFaceModel.loadEncoder"));
    ConfigurationException decoder =
        assertThrows(
            ConfigurationException.class, () -> HuggingFaceModel.loadEncoder(TinyModels.LLAMA));
    assertTrue(decoder.getMessage().endsWith("HuggingFaceModel.load"), decoder.getMessage());
  }

  @Test
  void whatIsNoMatterOfAnEncoderIsRefused() {
    try (CheckpointEncoder base = TinyEncoders.load(TinyEncoders.BERT);
        LoraModel lora = LoraModel.wrap(base, classifier())) {
      List<Executable> calls =
          List.of(
              () -> lora.generateTokens(List.of(new int[] {5}), null),
              () -> lora.generate(List.of("a"), null, null),
              () -> lora.setGradientCheckpointing(GradientCheckpointing.none()),
              () -> lora.saveQuantized(Path.of("nowhere")));
      for (Executable call : calls) {
        String message = assertThrows(ConfigurationException.class, call).getMessage();
        assertTrue(message.contains("a bert encoder"), message);
      }
      assertThrows(ConfigurationException.class, () -> LoraModel.wrap(lora, classifier()));
      assertThrows(ConfigurationException.class, () -> LoraModel.wrap(base, classifier()));
    }
    try (CheckpointEncoder base = TinyEncoders.load(TinyEncoders.MASKED_LM)) {
      assertThrows(CheckpointException.class, () -> base.classify(List.of("a")));
      DefaultTrainingConfig config = new DefaultTrainingConfig(Loss.l1Loss());
      assertThrows(TrainingException.class, () -> base.newTrainer(config));
    }
  }

  static Stream<long[][]> badBatches() {
    return Stream.of(
        new long[][] {{5, 131}, {1, 1}, {0, 0}},
        new long[][] {{5, 6}, {0, 0}, {0, 0}},
        new long[][] {{5, 6}, {1, 1}, {0, 2}},
        new long[][] {{5, 6}, {1, 1}, {0, -1}},
        new long[][] {{5, 6}, {1, 1}, {0, 1L << 33}},
        new long[][] {{5, 6, 7}, {1, 1, 1}, {0, 0}},
        new long[][] {new long[65], filled(65), new long[65]});
  }

  private static long[] filled(int count) {
    long[] ones = new long[count];
    Arrays.fill(ones, 1);
    return ones;
  }

  @ParameterizedTest
  @MethodSource("badBatches")
  void aBatchThatDoesNotFitIsRefused(long[][] rows) {
    try (CheckpointEncoder encoder = TinyEncoders.load(TinyEncoders.BERT);
        LiveArrays live = new LiveArrays()) {
      try (NDManager scope = encoder.getNDManager().newSubManager()) {
        NDList batch = new NDList();
        for (long[] row : rows) {
          batch.add(scope.create(row, new Shape(1, row.length)));
        }
        assertThrows(LoraException.class, () -> TinyModels.forward(encoder, scope, batch));
      }
      assertEquals(0, live.count());
    }
  }

  @Test
  void aRowOfPaddingAloneIsRefusedWhereItWouldBeClassified() {
    try (CheckpointEncoder encoder = TinyEncoders.load(TinyEncoders.BERT);
        NDManager scope = encoder.getNDManager().newSubManager()) {
      NDArray ids = scope.full(new Shape(2, 3), 5, DataType.INT64);
      NDArray mask = scope.create(new long[] {1, 1, 1, 0, 0, 0}, new Shape(2, 3));
      LoraException e =
          assertThrows(
              LoraException.class, () -> TinyModels.forward(encoder, scope, new NDList(ids, mask)));
      assertTrue(e.getMessage().startsWith("attention_mask[1]"), e.getMessage());
    }
  }
}
