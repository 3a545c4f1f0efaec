// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.data;

import ai.djl.training.dataset.RandomAccessDataset;
import ai.djl.training.dataset.Sampler;
import io.github.lora4j.ConfigurationException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Random batches of rows of similar length, so that little padding is needed (transformers: {@code
 * group_by_length}, {@code LengthGroupedSampler}).
 *
 * <p>An epoch is a random permutation of the data, cut into chunks of {@value #CHUNK} batches; each
 * chunk is sorted by length and cut into batches; the batches are shuffled. Every row comes exactly
 * once an epoch. The order depends on the seed and the number of the epoch alone, so that a run can
 * be resumed. May be used for one training run at a time.
 */
public final class LengthGroupedSampler implements Sampler {
  private static final int CHUNK = 50;

  private final int batchSize;
  private final long seed;
  private final AtomicLong epoch = new AtomicLong();

  /**
   * Creates the sampler.
   *
   * @param batchSize the number of rows of a batch, at least 1
   * @param seed the seed of all epochs
   * @throws ConfigurationException if the batch size is below 1
   */
  public LengthGroupedSampler(int batchSize, long seed) {
    if (batchSize < 1) {
      throw new ConfigurationException(
          "LengthGroupedSampler: batchSize must be at least 1, was " + batchSize);
    }
    this.batchSize = batchSize;
    this.seed = seed;
  }

  /**
   * The batches of the next epoch.
   *
   * @param dataset an {@link InstructionDataset}
   * @return the batches, as row numbers
   * @throws ConfigurationException if the data set does not know the lengths of its rows
   */
  @Override
  public Iterator<List<Long>> sample(RandomAccessDataset dataset) {
    if (!(dataset instanceof InstructionDataset rows)) {
      throw new ConfigurationException(
          "LengthGroupedSampler: needs an InstructionDataset, which knows the lengths of its rows;"
              + " found "
              + dataset.getClass().getName());
    }
    return batches(rows.lengths(), epoch.getAndIncrement()).iterator();
  }

  /**
   * Says which epoch comes next, to resume a run.
   *
   * @param number the epoch, counted from 0
   */
  public void startAt(long number) {
    epoch.set(number);
  }

  /**
   * The batches of one epoch.
   *
   * @param lengths the length of each row
   * @param number the epoch, counted from 0
   * @return the batches, as row numbers; the last of the permutation may be smaller
   */
  public List<List<Long>> batches(int[] lengths, long number) {
    // Any odd constant would do: neighbouring epochs must not get neighbouring seeds.
    Random random = new Random(seed + number * 0x9E3779B97F4A7C15L);
    List<Long> rows = new ArrayList<>(lengths.length);
    for (long row = 0; row < lengths.length; row++) {
      rows.add(row);
    }
    Collections.shuffle(rows, random);
    List<List<Long>> batches = new ArrayList<>();
    Comparator<Long> byLength = Comparator.comparingInt(row -> lengths[row.intValue()]);
    for (List<Long> chunk : parts(rows, (long) batchSize * CHUNK)) {
      chunk.sort(byLength);
      batches.addAll(parts(chunk, batchSize));
    }
    Collections.shuffle(batches, random);
    return batches;
  }

  /** The same batches from epoch 0 on. */
  LengthGroupedSampler fresh() {
    return new LengthGroupedSampler(batchSize, seed);
  }

  private static List<List<Long>> parts(List<Long> rows, long size) {
    List<List<Long>> parts = new ArrayList<>();
    int from = 0;
    while (from < rows.size()) {
      int to = (int) Math.min(rows.size(), from + size);
      parts.add(new ArrayList<>(rows.subList(from, to)));
      from = to;
    }
    return parts;
  }

  @Override
  public int getBatchSize() {
    return batchSize;
  }
}
