// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject.allocation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.djl.format.StoredTensor;
import io.github.lora4j.djl.format.TensorEntry;
import io.github.lora4j.djl.format.TensorFile;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Leaves the singular values that matter most over all modules and sets the others to zero (Zhang
 * et al. 2023, algorithm 1; PEFT: {@code RankAllocator}). Values that were set to zero may come
 * back until the last allocation, whose choice stays.
 */
public final class RankAllocator implements AutoCloseable {
  private final Map<String, SvdFactors> modules;
  private final BudgetSchedule schedule;
  private final double beta1;
  private final double beta2;
  private final Map<String, TripletImportance> importance = new LinkedHashMap<>();
  private @Nullable NDManager manager;

  /**
   * Prepares; memory is taken at the first step.
   *
   * @param modules the factors by the modules' names
   * @param schedule how many ranks are left when
   * @param beta1 how much of the sensitivity's average stays at each step
   * @param beta2 how much of the uncertainty's average stays at each step
   */
  public RankAllocator(
      Map<String, SvdFactors> modules, BudgetSchedule schedule, double beta1, double beta2) {
    this.modules = new LinkedHashMap<>(modules);
    this.schedule = schedule;
    this.beta1 = beta1;
    this.beta2 = beta2;
  }

  /**
   * Keeps a step's gradients, which are measured together with the values that come of them.
   *
   * @param step the step, from 0
   */
  public void beforeUpdate(int step) {
    if (step < schedule.last()) {
      NDManager owner = owner();
      modules.forEach(
          (name, factors) ->
              importance
                  .computeIfAbsent(name, n -> new TripletImportance(factors, owner))
                  .keepGradients());
    }
  }

  private NDManager owner() {
    NDManager owner = manager;
    if (owner == null) {
      owner = modules.values().iterator().next().newScope();
      manager = owner;
    }
    return owner;
  }

  /**
   * Does what is due after a step's update.
   *
   * @param step the step, from 0
   * @param pattern the ranks that were left so far; empty before the first allocation
   * @return the ranks that are left now
   */
  public Map<String, List<Boolean>> afterUpdate(int step, Map<String, List<Boolean>> pattern) {
    if (step > schedule.last()) {
      mask(modules, pattern);
      return pattern;
    }
    if (step < schedule.last()) {
      importance.values().forEach(module -> module.update(beta1, beta2));
    }
    if (!schedule.allocates(step)) {
      return pattern;
    }
    Map<String, List<Boolean>> next = best(schedule.budget(step));
    mask(modules, next);
    if (step == schedule.last()) {
      close();
    }
    return next;
  }

  private Map<String, List<Boolean>> best(int budget) {
    Map<String, float[]> scores = new LinkedHashMap<>();
    modules.forEach((name, factors) -> scores.put(name, scores(name, factors)));
    float threshold = threshold(scores.values().stream().toList(), schedule.initial() - budget);
    Map<String, List<Boolean>> pattern = new LinkedHashMap<>();
    scores.forEach((name, values) -> pattern.put(name, above(values, threshold)));
    return pattern;
  }

  private float[] scores(String name, SvdFactors factors) {
    TripletImportance measured = importance.get(name);
    if (measured == null) {
      return new float[factors.rank()];
    }
    try (NDManager scope = factors.newScope()) {
      return measured.scores(scope);
    }
  }

  /** The k-th smallest score, which goes with those below it; none goes for k = 0. */
  private static float threshold(List<float[]> scores, int k) {
    if (k == 0) {
      return Float.NEGATIVE_INFINITY;
    }
    int count = scores.stream().mapToInt(values -> values.length).sum();
    float[] all = new float[count];
    int next = 0;
    for (float[] values : scores) {
      System.arraycopy(values, 0, all, next, values.length);
      next += values.length;
    }
    Arrays.sort(all);
    return all[k - 1];
  }

  private static List<Boolean> above(float[] values, float threshold) {
    List<Boolean> kept = new ArrayList<>();
    for (float value : values) {
      kept.add(value > threshold);
    }
    return kept;
  }

  /**
   * Sets singular values to zero (PEFT: {@code mask_using_rank_pattern}).
   *
   * @param modules the factors by the modules' names; those that hold the kept values only stay as
   *     they are
   * @param pattern true where a value is kept
   */
  public static void mask(Map<String, SvdFactors> modules, Map<String, List<Boolean>> pattern) {
    pattern.forEach(
        (name, kept) -> {
          SvdFactors factors = modules.get(name);
          if (factors != null && factors.rank() == kept.size()) {
            mask(factors, kept);
          }
        });
  }

  private static void mask(SvdFactors factors, List<Boolean> kept) {
    try (NDManager scope = factors.newScope();
        NDArray ones = scope.create(KeptRanks.mask(kept), new Shape(kept.size(), 1))) {
      factors.e().getArray().muli(ones);
    }
  }

  /**
   * The averages so far, to go on from another time.
   *
   * @param prefix what the tensors' names begin with
   * @return the tensors; none before the first step and after the last allocation
   */
  public List<TensorEntry> state(String prefix) {
    List<TensorEntry> entries = new ArrayList<>();
    importance.forEach(
        (name, measured) ->
            measured
                .averages()
                .forEach(
                    (average, array) ->
                        entries.add(TensorEntry.of(prefix + name + average, array))));
    return entries;
  }

  /**
   * Goes on from averages that were saved.
   *
   * @param prefix what the tensors' names begin with
   * @param saved the tensors of {@link #state}, among others
   */
  public void restore(String prefix, TensorFile saved) {
    modules.forEach(
        (name, factors) -> {
          if (saved.contains(prefix + name + TripletImportance.FIRST)) {
            TripletImportance measured = new TripletImportance(factors, owner());
            importance.put(name, measured);
            measured
                .averages()
                .forEach((average, array) -> fill(array, saved.tensor(prefix + name + average)));
          }
        });
  }

  private static void fill(NDArray average, StoredTensor saved) {
    try (NDManager scope = average.getManager().newSubManager()) {
      average.set(new NDIndex("..."), saved.toFloat32(scope));
    }
  }

  /** Frees the averages. */
  @Override
  public void close() {
    importance.clear();
    if (manager != null) {
      manager.close();
      manager = null;
    }
  }
}
