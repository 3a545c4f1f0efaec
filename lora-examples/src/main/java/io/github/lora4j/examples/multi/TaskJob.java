// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.multi;

import io.github.lora4j.LoraConfig;
import io.github.lora4j.data.InstructionDataset;
import io.github.lora4j.data.InstructionRecord;
import io.github.lora4j.data.LlmTokenizer;
import io.github.lora4j.data.PromptTemplate;
import io.github.lora4j.examples.answers.Questions;
import io.github.lora4j.examples.corpus.OrderFiles;
import io.github.lora4j.examples.corpus.OrderTask;
import io.github.lora4j.examples.corpus.Orders;
import io.github.lora4j.train.FineTuner;
import io.github.lora4j.train.FineTuningListener;
import io.github.lora4j.train.LearningRateSchedule;
import io.github.lora4j.train.multi.MultiLoraJob;
import java.nio.file.Path;

/**
 * A task as a job: its data and its adapter's directory.
 *
 * @param name the task's, and so the adapter's
 * @param directory where data and adapter lie
 * @param example a record to show
 * @param heldOut the questions to judge by
 */
record TaskJob(String name, Path directory, InstructionRecord example, Questions heldOut) {
  static final PromptTemplate TEMPLATE = PromptTemplate.humanAssistant();

  private static final String TRAINING = "training.json";
  private static final int BATCH = 4;
  private static final LoraConfig ADAPTER =
      LoraConfig.builder().rank(8).alpha(16).allLinear().build();

  /** Makes the data of a task, and writes what is trained on. */
  static TaskJob of(OrderTask task, MultiTrainOptions options) {
    Orders.Split split = task.make(options.seed(), options.records(), options.heldOut());
    Path directory = options.output().resolve(task.name());
    OrderFiles.write(directory.resolve(TRAINING), split.training());
    return new TaskJob(
        task.name(), directory, split.heldOut().get(0), Questions.of(split.heldOut(), TEMPLATE));
  }

  MultiLoraJob job(LlmTokenizer tokenizer, MultiTrainOptions options, FineTuningListener listener) {
    InstructionDataset data =
        InstructionDataset.alpaca(directory.resolve(TRAINING), tokenizer)
            .template(TEMPLATE)
            .build();
    FineTuner tuner =
        FineTuner.builder()
            .epochs(options.epochs())
            .batchSize(BATCH)
            .learningRate(4e-3f)
            .schedule(LearningRateSchedule.COSINE)
            .warmupRatio(0.05)
            .seed(options.seed())
            .outputDir(directory)
            .silent()
            .listener(listener)
            .build();
    return MultiLoraJob.of(name, ADAPTER, data, tuner);
  }
}
