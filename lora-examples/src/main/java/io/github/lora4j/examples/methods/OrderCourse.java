// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.methods;

import io.github.lora4j.CausalLm;
import io.github.lora4j.examples.answers.Questions;
import io.github.lora4j.examples.answers.Score;
import io.github.lora4j.examples.quickstart.OrderLesson;
import io.github.lora4j.examples.story.Narrator;
import io.github.lora4j.train.FineTuner;
import io.github.lora4j.train.FineTunerBuilder;
import io.github.lora4j.train.FineTuningResult;
import io.github.lora4j.train.LearningRateSchedule;
import java.util.List;

/** The orders as every method learns them, told on the way. */
final class OrderCourse {
  private static final int BATCH = 8;

  private final MethodOptions options;
  private final OrderLesson lesson;
  private final Narrator narrator;

  OrderCourse(MethodOptions options, Narrator narrator) {
    this.options = options;
    this.narrator = narrator;
    lesson = OrderLesson.unpack(options.output(), options.heldOut());
  }

  OrderLesson lesson() {
    return lesson;
  }

  Score judgeBefore(CausalLm base) {
    narrator.chapter("A model that cannot write orders as JSON yet");
    return judge(base, "before");
  }

  Score judgeAfter(CausalLm trained) {
    narrator.chapter("What it has learned");
    return judge(trained, "after");
  }

  private Score judge(CausalLm model, String when) {
    Questions heldOut = lesson.heldOut();
    List<String> answers = heldOut.ask(model);
    Score score = heldOut.score(answers);
    narrator.examples(heldOut, answers);
    narrator.say("Exact match on held-out records %s: %s", when, score);
    return score;
  }

  /** A tuner with what all methods have in common. */
  FineTunerBuilder tuner(float learningRate) {
    return FineTuner.builder()
        .epochs(options.epochs())
        .batchSize(BATCH)
        .learningRate(learningRate)
        .schedule(LearningRateSchedule.COSINE)
        .warmupRatio(0.05)
        .seed(options.seed())
        .progress(narrator.out());
  }

  void train(CausalLm model, FineTunerBuilder tuner) {
    FineTuningResult result = tuner.build().fit(model, lesson.training(model.tokenizer()));
    narrator.trained(result);
  }

  /** How many steps all epochs take. */
  int steps(CausalLm model) {
    int perEpoch = (lesson.training(model.tokenizer()).examples().size() + BATCH - 1) / BATCH;
    return Math.max(1, (int) Math.ceil(options.epochs() * perEpoch));
  }
}
