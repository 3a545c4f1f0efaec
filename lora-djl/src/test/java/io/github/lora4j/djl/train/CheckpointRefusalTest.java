// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.training.optimizer.Optimizer;
import io.github.lora4j.CausalLm;
import io.github.lora4j.CheckpointException;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.HuggingFaceModel;
import io.github.lora4j.LoraException;
import io.github.lora4j.LoraModel;
import io.github.lora4j.data.InstructionDataset;
import io.github.lora4j.djl.model.DecoderModel;
import io.github.lora4j.djl.train.checkpoint.OutputLock;
import io.github.lora4j.train.FineTuner;
import io.github.lora4j.train.FineTunerBuilder;
import io.github.lora4j.train.FineTuningResult;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is gone on with is whole and of this run, and what is not is said. */
class CheckpointRefusalTest {
  private static final List<String> FILES =
      List.of(
          "adapter_config.json",
          "adapter_model.safetensors",
          "manifest.json",
          "optimizer.safetensors",
          "parameters.safetensors",
          "run.json");

  @TempDir Path directory;
  private CausalLm base;
  private LoraModel model;

  @BeforeEach
  void load() {
    base = TinyTraining.llama();
    model = TinyTraining.wrap(base, 0);
  }

  @AfterEach
  void close() {
    model.close();
    base.close();
  }

  private FineTunerBuilder tuner() {
    return TinyTraining.tuner()
        .batchSize(2)
        .maxSteps(6)
        .checkpointEverySteps(2)
        .outputDir(directory);
  }

  private Path checkpoint(int step) {
    return directory.resolve("checkpoints/step-%06d".formatted(step));
  }

  private FineTuningResult fit() {
    return tuner().build().fit(model, TinyTraining.data());
  }

  private FineTuningResult resume() {
    return tuner().build().resume(model, TinyTraining.data());
  }

  @Test
  void theNewestStayWithAllTheirFiles() throws IOException {
    fit();
    assertEquals(List.of("step-000004", "step-000006"), names(directory.resolve("checkpoints")));
    assertEquals(FILES, names(checkpoint(6)));
    model.loadAdapter("saved", checkpoint(6));
    FineTunerBuilder one = tuner().outputDir(directory.resolve("one")).keepCheckpoints(1);
    one.build().fit(model, TinyTraining.data());
    assertEquals(List.of("step-000006"), names(directory.resolve("one/checkpoints")));
  }

  @Test
  void theOneOfTheLowestLossStaysToo() throws IOException {
    FineTuningResult result =
        tuner()
            .learningRate(0.05f)
            .maxSteps(12)
            .checkpointEverySteps(1)
            .evaluationInterval(1)
            .build()
            .fit(
                model,
                TinyTraining.data(TinyTraining.ROWS.subList(0, 2)),
                TinyTraining.data(TinyTraining.ROWS.subList(2, 5)));
    int best =
        result.evaluations().stream()
            .filter(report -> report.loss() == result.bestEvaluationLoss().orElseThrow())
            .findFirst()
            .orElseThrow()
            .step();
    assertTrue(best < 11, "the best must not be among the newest here");
    assertEquals(
        List.of("step-%06d".formatted(best), "step-000011", "step-000012"),
        names(directory.resolve("checkpoints")));
  }

  @Test
  void timeIsARhythmToo() throws IOException {
    TinyTraining.tuner()
        .maxSteps(3)
        .outputDir(directory)
        .checkpointEvery(Duration.ofNanos(1))
        .keepCheckpoints(9)
        .build()
        .fit(model, TinyTraining.data());
    assertEquals(
        List.of("step-000000", "step-000001", "step-000002", "step-000003"),
        names(directory.resolve("checkpoints")));
  }

  static List<String> names(Path directory) throws IOException {
    try (Stream<Path> all = Files.list(directory)) {
      return List.copyOf(new TreeSet<>(all.map(path -> path.getFileName().toString()).toList()));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "adapter_model.safetensors",
        "manifest.json",
        "optimizer.safetensors",
        "parameters.safetensors",
        "run.json"
      })
  void oneWithAFlippedBitOrAMissingFileIsPassedOver(String file) throws IOException {
    fit();
    Path flipped = checkpoint(6).resolve(file);
    byte[] bytes = Files.readAllBytes(flipped);
    bytes[bytes.length / 2] ^= (byte) (file.equals("manifest.json") ? 0x80 : 1);
    Files.write(flipped, bytes);
    CheckpointException refusal =
        assertThrows(
            CheckpointException.class,
            () -> tuner().build().resumeFrom(checkpoint(6), model, TinyTraining.data()));
    assertTrue(refusal.getMessage().contains(checkpoint(6).toString()), refusal.getMessage());
    FineTuningResult result = resume();
    assertEquals(6, result.steps());
    assertEquals(List.of("step-000004", "step-000006"), names(directory.resolve("checkpoints")));
    tuner().build().resumeFrom(checkpoint(6), model, TinyTraining.data());

    Files.delete(checkpoint(6).resolve(file));
    Files.delete(checkpoint(4).resolve(file));
    CheckpointException none = assertThrows(CheckpointException.class, this::resume);
    assertTrue(
        none.getMessage().contains("all 2 checkpoints are damaged, the newest by: "),
        none.getMessage());
  }

  @Test
  void withoutACheckpointThereIsNothingToGoOnWith() {
    CheckpointException e = assertThrows(CheckpointException.class, this::resume);
    assertTrue(e.getMessage().contains("no checkpoint, expected one"), e.getMessage());
    assertThrows(
        ConfigurationException.class,
        () -> TinyTraining.tuner().build().resume(model, TinyTraining.data()));
    CheckpointException nowhere =
        assertThrows(
            CheckpointException.class,
            () -> tuner().build().resumeFrom(directory.resolve("x"), model, TinyTraining.data()));
    assertTrue(nowhere.getMessage().contains("no such directory"), nowhere.getMessage());
  }

  @Test
  void checkpointsOfAnotherRunAreNotWrittenOver() throws IOException {
    fit();
    ConfigurationException e = assertThrows(ConfigurationException.class, this::fit);
    assertTrue(
        e.getMessage().contains("holds checkpoints of another run, up to step 6"), e.getMessage());
    assertEquals(List.of("step-000004", "step-000006"), names(directory.resolve("checkpoints")));
  }

  @Test
  void eachDifferenceIsNamed() {
    fit();
    Map<String, float[]> before = TinyTraining.trained(model);
    assertOther(
        "batchSize was 2, is 3; gradientAccumulation was 1, is 2",
        tuner().batchSize(3).gradientAccumulation(2),
        TinyTraining.data());
    assertOther("seed was 42, is 1", tuner().seed(1), TinyTraining.data());
    assertOther("learningRate was LearningRatePlan[", tuner().warmupSteps(2), TinyTraining.data());
    assertOther(
        "training data was 5 rows with the CRC-32C ",
        tuner(),
        TinyTraining.data(TinyTraining.ROWS.subList(0, 4)));
    TinyTraining.assertEqualValues(before, TinyTraining.trained(model));
    model.close();
    model = TinyTraining.wrap(base, 0.1);
    assertOther("adapter was {", tuner(), TinyTraining.data());
    model.close();
    ((DecoderModel) base).decoder().baseParameters().valueAt(3).getArray().muli(1.0001f);
    model = TinyTraining.wrap(base, 0);
    assertOther("base was 21 tensors with the CRC-32C ", tuner(), TinyTraining.data());
    try (CausalLm other = HuggingFaceModel.load(TinyTraining.BLOOM);
        LoraModel adapted = TinyTraining.wrap(other, 0)) {
      assertThrows(LoraException.class, () -> tuner().build().resume(adapted, TinyTraining.data()));
    }
  }

  private void assertOther(String words, FineTunerBuilder tuner, InstructionDataset data) {
    ConfigurationException e =
        assertThrows(ConfigurationException.class, () -> tuner.build().resume(model, data));
    assertTrue(e.getMessage().contains("step-000006: is of another run: "), e.getMessage());
    assertTrue(e.getMessage().contains(words), e.getMessage());
  }

  @Test
  void whereResultsGoMayChange() {
    FineTuningResult whole = fit();
    FineTuningResult resumed =
        tuner()
            .outputDir(directory.resolve("elsewhere"))
            .gradientCheckpointing(true)
            .checkpointEverySteps(1)
            .build()
            .resumeFrom(checkpoint(4), model, TinyTraining.data());
    assertEquals(whole.stepReports().get(5).loss(), resumed.stepReports().get(5).loss());
    assertTrue(Files.exists(directory.resolve("elsewhere/checkpoints/step-000005/run.json")));
  }

  @Test
  void anOptimizerThatKeepsItsStateToItselfIsRefused() {
    FineTunerBuilder tuner =
        TinyTraining.tuner().silent().outputDir(directory).checkpointEverySteps(1);
    FineTunerBuilder adam =
        FineTuner.builder()
            .silent()
            .outputDir(directory)
            .checkpointEverySteps(1)
            .optimizer(Optimizer.adam().build());
    ConfigurationException e =
        assertThrows(
            ConfigurationException.class, () -> adam.build().fit(model, TinyTraining.data()));
    assertTrue(e.getMessage().contains("keeps its state to itself"), e.getMessage());
    assertEquals(2, tuner.build().fit(model, TinyTraining.data()).steps());
  }

  @Test
  void aDirectoryInUseIsRefusedWithWhoUsesIt() {
    try (OutputLock lock = OutputLock.acquire(directory)) {
      ConfigurationException e = assertThrows(ConfigurationException.class, this::fit);
      assertTrue(
          e.getMessage()
              .contains("is in use by another run: process " + ProcessHandle.current().pid()),
          e.getMessage());
    }
    assertEquals(6, fit().steps());
    assertFalse(Files.exists(directory.resolve(OutputLock.FILE_NAME)));
  }
}
