// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.train;

import ai.djl.metric.Metrics;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What a run leaves to be looked at beside its result. The files go into the output directory; one
 * that cannot be written is given up with a warning, and the run goes on.
 *
 * @param formats the files, in the order of {@link ReportFormat}
 * @param prompts what the model is asked before the first step and after the last; the answers,
 *     taken greedily, stand in the HTML report
 * @param answerTokens the most tokens of an answer
 * @param metrics where each number of a step goes too, as DJL's listeners expect it
 */
public record ReportPlan(
    Set<ReportFormat> formats, List<String> prompts, int answerTokens, Optional<Metrics> metrics) {
  private static final int DEFAULT_ANSWER_TOKENS = 64;
  private static final ReportPlan STANDARD = of(EnumSet.of(ReportFormat.CSV, ReportFormat.HTML));
  private static final ReportPlan NONE = of(EnumSet.noneOf(ReportFormat.class));

  /** Copies the collections and checks the number. */
  public ReportPlan {
    OptionCheck.require(answerTokens >= 1, "reports.answerTokens", "at least 1", answerTokens);
    EnumSet<ReportFormat> ordered = EnumSet.noneOf(ReportFormat.class);
    ordered.addAll(formats);
    formats = Collections.unmodifiableSet(ordered);
    prompts = List.copyOf(prompts);
    OptionCheck.require(
        prompts.isEmpty() || ordered.contains(ReportFormat.HTML),
        "reports.formats",
        "to hold HTML, where samples are shown",
        ordered);
  }

  private static ReportPlan of(Set<ReportFormat> formats) {
    return new ReportPlan(formats, List.of(), DEFAULT_ANSWER_TOKENS, Optional.empty());
  }

  /**
   * {@code metrics.csv} and {@code report.html}, without samples. What a run with an output
   * directory does unless told otherwise.
   *
   * @return the plan
   */
  public static ReportPlan standard() {
    return STANDARD;
  }

  /**
   * No files.
   *
   * @return the plan
   */
  public static ReportPlan none() {
    return NONE;
  }

  /**
   * These files and no others.
   *
   * @param formats the files
   * @return the plan
   */
  public static ReportPlan of(ReportFormat... formats) {
    EnumSet<ReportFormat> chosen = EnumSet.noneOf(ReportFormat.class);
    chosen.addAll(Arrays.asList(formats));
    return of(chosen);
  }

  /**
   * The same with an event file for TensorBoard.
   *
   * @return the plan
   */
  public ReportPlan withTensorBoard() {
    EnumSet<ReportFormat> more = EnumSet.of(ReportFormat.TENSOR_BOARD);
    more.addAll(formats);
    return new ReportPlan(more, prompts, answerTokens, metrics);
  }

  /**
   * The same with samples. They take as long as the model takes to answer, twice.
   *
   * @param asked the prompts, as the model is to read them
   * @return the plan
   */
  public ReportPlan withSamples(String... asked) {
    return new ReportPlan(formats, List.of(asked), answerTokens, metrics);
  }

  /**
   * The same with longer or shorter answers.
   *
   * @param tokens the most tokens of an answer, at least 1; 64 by default
   * @return the plan
   */
  public ReportPlan withAnswerTokens(int tokens) {
    return new ReportPlan(formats, prompts, tokens, metrics);
  }

  /**
   * The same with DJL's metrics: {@code loss}, {@code evaluation_loss}, {@code learning_rate},
   * {@code gradient_norm}, {@code tokens_per_second} and {@code memory}, a value a step.
   *
   * @param target where they are added; stays the caller's
   * @return the plan
   */
  public ReportPlan withMetrics(Metrics target) {
    return new ReportPlan(formats, prompts, answerTokens, Optional.of(target));
  }
}
