// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.data;

import ai.djl.training.dataset.BatchSampler;
import ai.djl.training.dataset.RandomAccessDataset;
import ai.djl.training.dataset.Sampler;
import ai.djl.training.dataset.SequenceSampler;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.DatasetException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Options of an {@link InstructionDataset}. DJL's own ({@code setSampling}, {@code optLimit},
 * {@code optDevice}, …) may be used as well; a sampler set there goes before {@link #batchSize},
 * {@link #shuffle} and {@link #sequential}.
 */
public final class InstructionDatasetBuilder
    extends RandomAccessDataset.BaseBuilder<InstructionDatasetBuilder> {
  private static final System.Logger LOG =
      System.getLogger(InstructionDatasetBuilder.class.getName());

  private final List<RecordFiles.Located> records;
  private final LlmTokenizer tokenizer;
  private PromptTemplate template = PromptTemplate.humanAssistant();
  private PaddingSide paddingSide = PaddingSide.LEFT;
  private boolean maskPrompt = true;
  private int maxLength = 1024;
  private int batchSize = 8;
  private boolean shuffled = true;
  private long seed = 42;
  private @Nullable Sampler chosenSampler;

  InstructionDatasetBuilder(List<RecordFiles.Located> records, LlmTokenizer tokenizer) {
    this.records = records;
    this.tokenizer = Objects.requireNonNull(tokenizer, "tokenizer");
  }

  /**
   * How an {@link InstructionRecord} reads as text. Other records are text already and not touched.
   *
   * @param template the template, {@link PromptTemplate#humanAssistant} by default
   * @return this builder
   */
  public InstructionDatasetBuilder template(PromptTemplate template) {
    this.template = Objects.requireNonNull(template, "template");
    return this;
  }

  /**
   * The length rows are cut at, from the end.
   *
   * @param maxLength the number of tokens, at least 2; 1024 by default (as in TRL)
   * @return this builder
   * @throws ConfigurationException if it is below 2
   */
  public InstructionDatasetBuilder maxLength(int maxLength) {
    if (maxLength < 2) {
      throw new ConfigurationException(
          "InstructionDataset: maxLength must be at least 2, was " + maxLength);
    }
    this.maxLength = maxLength;
    return this;
  }

  /**
   * The number of rows of a batch.
   *
   * @param batchSize at least 1; 8 by default
   * @return this builder
   * @throws ConfigurationException if it is below 1
   */
  public InstructionDatasetBuilder batchSize(int batchSize) {
    if (batchSize < 1) {
      throw new ConfigurationException(
          "InstructionDataset: batchSize must be at least 1, was " + batchSize);
    }
    this.batchSize = batchSize;
    return this;
  }

  /**
   * Batches of similar length in random order (see {@link LengthGroupedSampler}). This is the
   * default, with seed 42.
   *
   * @param seed the seed of the order
   * @return this builder
   */
  public InstructionDatasetBuilder shuffle(long seed) {
    this.shuffled = true;
    this.seed = seed;
    return this;
  }

  /**
   * Batches in the order of the records.
   *
   * @return this builder
   */
  public InstructionDatasetBuilder sequential() {
    this.shuffled = false;
    return this;
  }

  /**
   * Where short rows of a batch are padded.
   *
   * @param paddingSide the side, {@link PaddingSide#LEFT} by default
   * @return this builder
   */
  public InstructionDatasetBuilder paddingSide(PaddingSide paddingSide) {
    this.paddingSide = Objects.requireNonNull(paddingSide, "paddingSide");
    return this;
  }

  /**
   * Whether the prompt is left out of the loss.
   *
   * @param maskPrompt true (the default) to learn the answers only, false to learn all tokens
   * @return this builder
   */
  public InstructionDatasetBuilder maskPrompt(boolean maskPrompt) {
    this.maskPrompt = maskPrompt;
    return this;
  }

  /**
   * Tokenizes all records. Records whose prompts alone fill {@code maxLength} are skipped, with one
   * warning, and counted in {@link InstructionDataset#skippedRecords}.
   *
   * @return the data set
   * @throws DatasetException if nothing to learn is left, or the chat template cannot render a
   *     record
   * @throws ConfigurationException if the tokenizer lacks what the records need: an end-of-sequence
   *     token, or a chat template
   */
  public InstructionDataset build() {
    ExampleEncoder encoder = new ExampleEncoder(tokenizer, template, maskPrompt, maxLength);
    List<RecordFiles.Located> wanted = records.subList(0, (int) Math.min(limit, records.size()));
    List<Example> examples = new ArrayList<>(wanted.size());
    for (RecordFiles.Located record : wanted) {
      Example example = encode(encoder, record);
      if (example.learnedTokens() > 0) {
        examples.add(example);
      }
    }
    int skipped = wanted.size() - examples.size();
    report(skipped, wanted.size());
    optDataBatchifier(CausalLmBatchifier.forData(paddingSide, tokenizer.padding()));
    optLabelBatchifier(CausalLmBatchifier.forLabels(paddingSide));
    return new InstructionDataset(withSampler(), examples, skipped);
  }

  private static Example encode(ExampleEncoder encoder, RecordFiles.Located record) {
    try {
      return encoder.encode(record.record());
    } catch (DatasetException e) {
      throw new DatasetException(record.where() + ": " + e.getMessage(), e);
    } catch (ConfigurationException e) {
      // The same class, so that a refusing template stays a matter of configuration.
      throw new ConfigurationException(record.where() + ": " + e.getMessage(), e);
    }
  }

  private void report(int skipped, int wanted) {
    if (skipped == wanted) {
      throw new DatasetException(
          "none of the %d records leaves anything to learn within maxLength %d; raise maxLength"
              .formatted(skipped, maxLength));
    }
    if (skipped > 0) {
      LOG.log(
          System.Logger.Level.WARNING,
          "{0} of {1} records skipped: their prompts alone fill maxLength {2}",
          skipped,
          wanted,
          maxLength);
    }
  }

  private InstructionDatasetBuilder withSampler() {
    if (sampler == null || sampler == chosenSampler) {
      chosenSampler =
          shuffled
              ? new LengthGroupedSampler(batchSize, seed)
              : new BatchSampler(new SequenceSampler(), batchSize);
      setSampling(chosenSampler);
    }
    return this;
  }

  @Override
  protected InstructionDatasetBuilder self() {
    return this;
  }
}
