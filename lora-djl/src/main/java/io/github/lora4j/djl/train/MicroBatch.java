// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train;

import io.github.lora4j.data.Example;
import io.github.lora4j.data.InstructionDataset;
import io.github.lora4j.djl.inject.AdapterSet;
import io.github.lora4j.djl.nn.Decoder;
import io.github.lora4j.djl.nn.RaggedBatch;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * Some rows of a data set as the decoder takes them. Nothing is padded but the labels, which name
 * the cells of a matrix that is never made.
 *
 * @param batch the tokens
 * @param paddedLabels the labels, cell by cell
 * @param learnedTokens how many of them are learned
 */
record MicroBatch(RaggedBatch batch, long[] paddedLabels, long learnedTokens) {
  static MicroBatch of(InstructionDataset data, List<Long> rows) {
    return of(examples(data, rows));
  }

  static List<Example> examples(InstructionDataset data, List<Long> rows) {
    return rows.stream().map(row -> data.example(Math.toIntExact(row))).toList();
  }

  static MicroBatch of(List<Example> examples) {
    RaggedBatch batch = RaggedBatch.of(examples.stream().map(Example::inputIds).toList());
    long[] labels = new long[batch.paddedRows() * batch.paddedColumns()];
    Arrays.fill(labels, Example.IGNORED);
    for (int row = 0; row < examples.size(); row++) {
      int[] own = examples.get(row).labels();
      int first = row * batch.paddedColumns();
      for (int i = 0; i < own.length; i++) {
        labels[first + i] = own[i];
      }
    }
    long learned = examples.stream().mapToLong(Example::learnedTokens).sum();
    return new MicroBatch(batch, labels, learned);
  }

  /** The same as a decoder runs it: behind its virtual tokens, which may predict a first token. */
  MicroBatch on(Decoder decoder) {
    RaggedBatch whole = decoder.withVirtualTokens(batch);
    return new MicroBatch(whole, paddedLabels, GradientEngine.countTargets(whole, paddedLabels));
  }

  /** The same, all rows with one adapter. */
  MicroBatch with(String adapter, AdapterSet adapters) {
    List<String> ofRows = Collections.nCopies(batch.paddedRows(), adapter);
    return new MicroBatch(batch.with(adapters.rows(ofRows)), paddedLabels, learnedTokens);
  }

  int tokens() {
    return batch.size();
  }
}
