// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.methods;

import io.github.lora4j.AdaLoraConfig;
import io.github.lora4j.CausalLm;
import io.github.lora4j.HuggingFaceModel;
import io.github.lora4j.LoraModel;
import io.github.lora4j.examples.answers.Score;
import io.github.lora4j.examples.story.Narrator;
import java.io.PrintStream;
import java.nio.file.Path;

/**
 * AdaLoRA on the bundled model: an adapter that finds out which modules need how much rank (Zhang
 * et al., 2023).
 */
public final class AdaLoraExample {
  private static final float LEARNING_RATE = 1.5e-2f;

  private final MethodOptions options;
  private final int initialRank;
  private final int targetRank;
  private final Narrator narrator;

  /**
   * Creates the example.
   *
   * @param options what may be changed
   * @param initialRank the rank that every module starts with
   * @param targetRank the average rank that is left
   * @param out where the story is told
   */
  public AdaLoraExample(MethodOptions options, int initialRank, int targetRank, PrintStream out) {
    this.options = options;
    this.initialRank = initialRank;
    this.targetRank = targetRank;
    narrator = new Narrator(out);
  }

  /**
   * Runs it.
   *
   * @return what came of it
   * @throws io.github.lora4j.LoraException if the output directory cannot be written, or an option
   *     is out of range
   */
  public MethodResult run() {
    OrderCourse course = new OrderCourse(options, narrator);
    try (CausalLm base = HuggingFaceModel.load(course.lesson().base())) {
      Score before = course.judgeBefore(base);
      base.getNDManager().getEngine().setRandomSeed((int) options.seed());
      try (LoraModel model = LoraModel.wrap(base, config(course.steps(base)))) {
        narrator.chapter("An adapter that shares out its ranks");
        narrator.say(
            "Rank %d in every module; %d are to be left on average.", initialRank, targetRank);
        course.train(model, course.tuner(LEARNING_RATE));
        tellRanks(model);
        Score after = course.judgeAfter(model);
        tellFiles(model);
        return new MethodResult(before, after);
      }
    }
  }

  /** A tenth of the steps with all ranks, a third with those that are left. */
  private AdaLoraConfig config(int steps) {
    return AdaLoraConfig.builder()
        .initialRank(initialRank)
        .targetRank(targetRank)
        .alpha(2.0 * initialRank)
        .allLinear()
        .tinit(steps / 10)
        .tfinal(steps / 3)
        .build();
  }

  private void tellRanks(LoraModel model) {
    AdaLoraConfig trained = (AdaLoraConfig) model.adapters().values().iterator().next();
    narrator.say("The ranks that are left, layer by layer:");
    RankTable.of(trained).forEach(line -> narrator.say("  %s", line));
  }

  private void tellFiles(LoraModel model) {
    Path adapter = options.output().resolve("adapter");
    model.saveAdapter(adapter);
    narrator.chapter("Yours");
    narrator.say("adapter (PEFT reads it)   %s", adapter);
  }
}
