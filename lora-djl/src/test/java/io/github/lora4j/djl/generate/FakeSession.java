// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.generate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToIntFunction;

/** A language model that is a function of the tokens of a sequence; checks how it is used. */
final class FakeSession implements DecodingSession {
  private final Function<List<Integer>, float[]> model;
  private List<List<Integer>> rows = new ArrayList<>();

  /** The rows kept by each call of retain. */
  final List<List<Integer>> retained = new ArrayList<>();

  int prefills;
  int logitSteps;
  int greedySteps;
  int closes;
  int maxLength = Integer.MAX_VALUE;

  FakeSession(Function<List<Integer>, float[]> model) {
    this.model = model;
  }

  /** A model sure of its next token. */
  static FakeSession sayingNext(int vocabulary, ToIntFunction<List<Integer>> next) {
    return new FakeSession(
        ids -> {
          float[] logits = new float[vocabulary];
          logits[next.applyAsInt(ids)] = 20;
          return logits;
        });
  }

  @Override
  public int maxLength() {
    return maxLength;
  }

  @Override
  public float[][] prefill(List<int[]> prompts) {
    prefills++;
    for (int[] prompt : prompts) {
      require(prompt.length > 0, "an empty prompt");
      rows.add(new ArrayList<>(Arrays.stream(prompt).boxed().toList()));
    }
    return logits();
  }

  @Override
  public float[][] decode(int[] tokenIds) {
    logitSteps++;
    append(tokenIds);
    return logits();
  }

  @Override
  public int[] decodeGreedy(int[] tokenIds) {
    greedySteps++;
    append(tokenIds);
    return Arrays.stream(logits()).mapToInt(FakeSession::firstLargest).toArray();
  }

  @Override
  public void retain(int[] live) {
    require(live.length > 0 && live.length < rows.size(), "retain keeps all or nothing");
    retained.add(Arrays.stream(live).boxed().toList());
    rows = new ArrayList<>(Arrays.stream(live).mapToObj(rows::get).toList());
  }

  @Override
  public void close() {
    closes++;
  }

  private void append(int[] tokenIds) {
    require(tokenIds.length == rows.size(), tokenIds.length + " tokens for " + rows.size());
    for (int row = 0; row < tokenIds.length; row++) {
      rows.get(row).add(tokenIds[row]);
    }
  }

  private float[][] logits() {
    require(closes == 0, "used after close");
    return rows.stream().map(model).toArray(float[][]::new);
  }

  private static int firstLargest(float[] logits) {
    int best = 0;
    for (int id = 1; id < logits.length; id++) {
      best = logits[id] > logits[best] ? id : best;
    }
    return best;
  }

  private static void require(boolean holds, String found) {
    if (!holds) {
      throw new IllegalStateException(found);
    }
  }
}
