// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.data;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.training.dataset.RandomAccessDataset;
import ai.djl.training.dataset.Record;
import ai.djl.util.Progress;
import io.github.lora4j.ConfigurationException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Instruction records as rows of token ids and labels: a data set of DJL, to be trained on with
 * {@code EasyTrain} or with this library's fine-tuner.
 *
 * <pre>{@code
 * InstructionDataset data =
 *     InstructionDataset.alpaca(Path.of("alpaca_data_zh.json"), tokenizer)
 *         .maxLength(256)
 *         .batchSize(4)
 *         .build();
 * }</pre>
 *
 * <p>The prompt is masked by {@link Example#IGNORED}; the answer and the end-of-sequence token are
 * learned. A file is one JSON array or JSON Lines, in UTF-8. All rows are tokenized when the data
 * set is built; it holds no NDArray.
 */
public final class InstructionDataset extends RandomAccessDataset {
  private final InstructionDatasetBuilder settings;
  private final List<Example> examples;
  private final int skipped;

  InstructionDataset(InstructionDatasetBuilder settings, List<Example> examples, int skipped) {
    super(settings);
    this.settings = settings;
    this.examples = List.copyOf(examples);
    this.skipped = skipped;
    if (sampler instanceof LengthGroupedSampler grouped) {
      // Each data set counts its own epochs: evaluating must not change the order of training.
      this.sampler = grouped.fresh();
    }
  }

  /**
   * Reads records with the fields {@code instruction}, {@code input} (may be absent) and {@code
   * output}. Read by {@link PromptTemplate#humanAssistant} unless told otherwise.
   *
   * @param file the file
   * @param tokenizer the tokenizer; used until the data set is built
   * @return a builder to choose options on
   * @throws io.github.lora4j.DatasetException if the file is missing, empty or malformed; names the
   *     line or record and the field
   */
  public static InstructionDatasetBuilder alpaca(Path file, LlmTokenizer tokenizer) {
    return new InstructionDatasetBuilder(RecordFiles.alpaca(file), tokenizer);
  }

  /**
   * Reads records with the fields {@code prompt} and {@code completion}.
   *
   * @param file the file
   * @param tokenizer the tokenizer; used until the data set is built
   * @return a builder to choose options on
   * @throws io.github.lora4j.DatasetException if the file is missing, empty or malformed; names the
   *     line or record and the field
   */
  public static InstructionDatasetBuilder promptCompletion(Path file, LlmTokenizer tokenizer) {
    return new InstructionDatasetBuilder(RecordFiles.promptCompletion(file), tokenizer);
  }

  /**
   * Reads conversations: the field {@code messages} is an array of {@code role} and {@code
   * content}. They are rendered by the checkpoint's chat template; only the assistant's turns are
   * learned.
   *
   * @param file the file
   * @param tokenizer the tokenizer, with a chat template; used until the data set is built
   * @return a builder to choose options on
   * @throws io.github.lora4j.DatasetException if the file is missing, empty or malformed; names the
   *     line or record and the field
   */
  public static InstructionDatasetBuilder chat(Path file, LlmTokenizer tokenizer) {
    return new InstructionDatasetBuilder(RecordFiles.chat(file), tokenizer);
  }

  /**
   * Takes records from memory.
   *
   * @param records the records
   * @param tokenizer the tokenizer; used until the data set is built
   * @return a builder to choose options on
   * @throws io.github.lora4j.DatasetException if there is no record
   */
  public static InstructionDatasetBuilder of(
      List<? extends TrainingRecord> records, LlmTokenizer tokenizer) {
    return new InstructionDatasetBuilder(RecordFiles.inMemory(records), tokenizer);
  }

  /**
   * One row.
   *
   * @param index its number, from 0
   * @return the row
   */
  public Example example(int index) {
    return examples.get(index);
  }

  /**
   * All rows.
   *
   * @return the rows, unmodifiable
   */
  public List<Example> examples() {
    return examples;
  }

  /**
   * The lengths of all rows, in tokens.
   *
   * @return a new array
   */
  public int[] lengths() {
    return examples.stream().mapToInt(Example::length).toArray();
  }

  /**
   * How many records were left out when the data set was built, because their prompts alone filled
   * the maximal length and nothing was left to learn.
   *
   * @return the number; 0 for a part of a data set
   */
  public int skippedRecords() {
    return skipped;
  }

  /**
   * Splits the rows at random.
   *
   * @param evaluationFraction the share of rows to evaluate on, above 0 and below 1
   * @param seed the seed of the choice
   * @return the two parts, neither empty, each in the order of this data set
   * @throws ConfigurationException if the fraction is out of range or there are fewer than two rows
   */
  public Split split(double evaluationFraction, long seed) {
    if (!(evaluationFraction > 0 && evaluationFraction < 1)) {
      throw new ConfigurationException(
          "split: evaluationFraction must be above 0 and below 1, was " + evaluationFraction);
    }
    int size = Math.toIntExact(size());
    if (size < 2) {
      throw new ConfigurationException("split: needs at least 2 rows, has " + size);
    }
    List<Integer> order = new ArrayList<>(IntStream.range(0, size).boxed().toList());
    Collections.shuffle(order, new Random(seed));
    int count = (int) Math.max(1, Math.min(size - 1, Math.round(size * evaluationFraction)));
    return new Split(part(order.subList(count, size)), part(order.subList(0, count)));
  }

  private InstructionDataset part(List<Integer> rows) {
    List<Example> part = rows.stream().sorted().map(examples::get).toList();
    return new InstructionDataset(settings, part, 0);
  }

  /**
   * One row as arrays.
   *
   * @param manager the manager that will own them
   * @param index the row's number
   * @return data ({@code input_ids}, {@code attention_mask}) and labels ({@code labels}), each (S)
   *     and INT64
   */
  @Override
  public Record get(NDManager manager, long index) {
    Example example = examples.get(Math.toIntExact(index));
    long[] mask = new long[example.length()];
    Arrays.fill(mask, 1);
    NDList data =
        new NDList(
            named("input_ids", manager.create(widen(example.inputIds()))),
            named("attention_mask", manager.create(mask)));
    return new Record(data, new NDList(named("labels", manager.create(widen(example.labels())))));
  }

  private static long[] widen(int[] values) {
    return Arrays.stream(values).asLongStream().toArray();
  }

  private static NDArray named(String name, NDArray array) {
    array.setName(name);
    return array;
  }

  @Override
  protected long availableSize() {
    return examples.size();
  }

  @Override
  protected RandomAccessDataset newSubDataset(int[] indices, int from, int to) {
    List<Example> part = Arrays.stream(indices, from, to).mapToObj(examples::get).toList();
    return new InstructionDataset(settings, part, 0);
  }

  @Override
  protected RandomAccessDataset newSubDataset(List<Long> indices) {
    List<Example> part = indices.stream().map(i -> examples.get(Math.toIntExact(i))).toList();
    return new InstructionDataset(settings, part, 0);
  }

  /** Does nothing: the rows are ready once the data set is built. */
  @Override
  public void prepare(@Nullable Progress progress) {}

  /**
   * Two data sets without a row in common.
   *
   * @param train what to train on
   * @param evaluation what to evaluate on
   */
  public record Split(InstructionDataset train, InstructionDataset evaluation) {}
}
