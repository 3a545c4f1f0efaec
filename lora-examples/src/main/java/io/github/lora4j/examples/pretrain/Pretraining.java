// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.pretrain;

import io.github.lora4j.CheckpointException;
import io.github.lora4j.HuggingFaceModel;
import io.github.lora4j.LoadOptions;
import io.github.lora4j.data.Example;
import io.github.lora4j.data.InstructionDataset;
import io.github.lora4j.data.LlmTokenizer;
import io.github.lora4j.data.PromptCompletion;
import io.github.lora4j.djl.format.AtomicFile;
import io.github.lora4j.djl.format.HuggingFaceConfig;
import io.github.lora4j.djl.model.CheckpointModel;
import io.github.lora4j.djl.model.RandomCheckpoint;
import io.github.lora4j.djl.train.GradientEngine;
import io.github.lora4j.djl.train.ParameterUpdates;
import io.github.lora4j.examples.answers.Questions;
import io.github.lora4j.examples.corpus.Corpus;
import io.github.lora4j.examples.tokenizer.BytePairEncoding;
import io.github.lora4j.examples.tokenizer.TokenizerFiles;
import io.github.lora4j.optim.AdamW;
import io.github.lora4j.train.GradientCheckpointing;
import io.github.lora4j.train.TrainableModules;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.stream.Stream;

/**
 * Makes a small BLOOM from nothing: a tokenizer learned from the corpus, random weights, and steps
 * of training on the corpus.
 *
 * @param size the model's sizes
 * @param steps number of steps
 * @param rows sequences of a step
 * @param columns tokens of a sequence
 * @param learningRate the highest learning rate
 * @param seed the seed of weights and texts
 */
public record Pretraining(
    ModelSize size, int steps, int rows, int columns, float learningRate, int seed) {
  private static final int TOKENIZER_TEXTS = 40_000;
  private static final int VOCABULARY = 1536;
  private static final int MINIMUM_COUNT = 40;
  private static final int CHUNK = 256;
  private static final int REPORT_INTERVAL = 100;
  private static final int UNSEEN_QUESTIONS = 200;
  private static final double LARGEST_NORM = 1;

  /**
   * Runs.
   *
   * @param directory where the checkpoint comes to lie; made if need be
   * @param out told about the progress
   */
  public void run(Path directory, PrintStream out) {
    prepare(directory, out);
    try (CheckpointModel model =
        (CheckpointModel) HuggingFaceModel.load(directory, LoadOptions.defaults())) {
      model.train(TrainableModules.all());
      out.println(model.trainableParameters());
      train(model, out);
      Questions unseen = unseenQuestions();
      out.println("Exact match on new questions: " + unseen.score(unseen.ask(model)));
      model.saveCheckpoint(directory);
      HalfPrecision.round(directory, model.getNDManager());
    }
  }

  private void prepare(Path directory, PrintStream out) {
    try {
      Files.createDirectories(directory);
    } catch (IOException e) {
      throw new CheckpointException(directory + ": cannot be made: " + e.getMessage(), e);
    }
    Stream<String> texts =
        Corpus.texts(seed)
            .limit(TOKENIZER_TEXTS)
            .flatMap(t -> Stream.of(t.prompt(), t.completion()));
    BytePairEncoding encoding = BytePairEncoding.train(texts, VOCABULARY, MINIMUM_COUNT);
    TokenizerFiles.write(directory, encoding);
    int vocabulary = encoding.tokens().size();
    out.println("Tokenizer: " + vocabulary + " tokens");
    AtomicFile.writeString(directory.resolve(HuggingFaceConfig.FILE_NAME), size.config(vocabulary));
    RandomCheckpoint.write(directory, seed);
  }

  private void train(CheckpointModel model, PrintStream out) {
    GradientEngine engine = new GradientEngine(model.decoder(), GradientCheckpointing.none(), seed);
    PackedRows packed = new PackedRows(examples(model.tokenizer()), rows, columns);
    WarmupCosine schedule = new WarmupCosine(learningRate, steps);
    try (AdamW optimizer = AdamW.builder().learningRate(schedule).betas(0.9, 0.98).build()) {
      StepLog log = new StepLog(out);
      for (int step = 1; step <= steps; step++) {
        log.add(step(model, engine, optimizer, packed.next()));
        if (step % REPORT_INTERVAL == 0 || step == steps) {
          log.report(step, (long) step * rows * columns);
        }
      }
    }
  }

  private static double step(
      CheckpointModel model, GradientEngine engine, AdamW optimizer, PackedRows.Batch batch) {
    int targets = GradientEngine.countTargets(batch.tokens(), batch.labels());
    double sum =
        engine.accumulate(model.getNDManager(), batch.tokens(), batch.labels(), 1.0 / targets);
    ParameterUpdates.clipGradientNorm(engine, model.getNDManager(), LARGEST_NORM);
    ParameterUpdates.step(engine, optimizer);
    return sum / targets;
  }

  private Questions unseenQuestions() {
    return new Questions(
        Corpus.texts(seed + 2L)
            .filter(text -> !text.prompt().isEmpty())
            .limit(UNSEEN_QUESTIONS)
            .toList());
  }

  private Iterator<Example> examples(LlmTokenizer tokenizer) {
    Iterator<PromptCompletion> texts = Corpus.texts(seed + 1L).iterator();
    return Stream.generate(() -> InstructionDataset.of(chunk(texts), tokenizer).build().examples())
        .flatMap(List::stream)
        .iterator();
  }

  private static List<PromptCompletion> chunk(Iterator<PromptCompletion> texts) {
    return Stream.generate(texts::next).limit(CHUNK).toList();
  }
}
