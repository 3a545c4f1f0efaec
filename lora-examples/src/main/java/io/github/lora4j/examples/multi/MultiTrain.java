// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.multi;

import io.github.lora4j.CausalLm;
import io.github.lora4j.HuggingFaceModel;
import io.github.lora4j.LoraModel;
import io.github.lora4j.examples.answers.Questions;
import io.github.lora4j.examples.answers.Score;
import io.github.lora4j.examples.corpus.OrderTask;
import io.github.lora4j.examples.quickstart.Bundle;
import io.github.lora4j.examples.story.Narrator;
import io.github.lora4j.train.multi.JobResult;
import io.github.lora4j.train.multi.MultiLoraTrainer;
import io.github.lora4j.train.multi.MultiLoraTrainerBuilder;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Six adapters at once over one base (m-LoRA), three tasks in two languages; then all six answer
 * from one process.
 */
public final class MultiTrain {
  private final MultiTrainOptions options;
  private final Narrator narrator;
  private final Path base;
  private final List<TaskJob> jobs;

  /**
   * Creates the example, and the data of its jobs.
   *
   * @param options what may be changed
   * @param out where the story is told
   * @throws io.github.lora4j.LoraException if the output directory cannot be written
   */
  public MultiTrain(MultiTrainOptions options, PrintStream out) {
    this.options = options;
    narrator = new Narrator(out);
    base = options.output().resolve(Bundle.MODEL);
    Bundle.copyTo(options.output());
    jobs = OrderTask.all().stream().map(task -> TaskJob.of(task, options)).toList();
  }

  /**
   * Runs it.
   *
   * @return what came of it
   * @throws io.github.lora4j.LoraException if a job fails
   */
  public MultiTrainResult run() {
    try (CausalLm model = HuggingFaceModel.load(base)) {
      tellJobs(model);
      List<Score> before = jobs.stream().map(job -> judge(model, job.heldOut())).toList();
      double tokensPerSecond = train(model);
      try (LoraModel adapted = withAllAdapters(model)) {
        List<Score> after = judgeAfter(adapted, before);
        switchThrough(adapted);
        answerTogether(adapted);
        tellFiles();
        return new MultiTrainResult(byJob(before), byJob(after), tokensPerSecond);
      }
    }
  }

  private void tellJobs(CausalLm model) {
    narrator.chapter("One base, six jobs");
    narrator.say("HuggingFaceModel.load(\"%s\"): %s", base, model.trainableParameters());
    narrator.say("%d records a job, for example:", options.records());
    jobs.forEach(
        job ->
            narrator.exchange(
                "%-9s %s %s"
                    .formatted(job.name(), job.example().instruction(), job.example().input()),
                job.example().output()));
  }

  private static Score judge(CausalLm model, Questions questions) {
    return questions.score(questions.ask(model));
  }

  private double train(CausalLm model) {
    narrator.chapter("All of them in the same steps");
    JobLosses losses = new JobLosses(jobs.stream().map(TaskJob::name).toList(), narrator);
    MultiLoraTrainerBuilder trainer = MultiLoraTrainer.builder();
    for (TaskJob job : jobs) {
      trainer.job(job.job(model.tokenizer(), options, losses.of(job.name())));
    }
    long begin = System.nanoTime();
    List<JobResult> results = trainer.build().fit(model);
    double seconds = (System.nanoTime() - begin) / 1e9;
    results.forEach(result -> result.failure().ifPresent(MultiTrain::rethrow));
    long tokens = results.stream().mapToLong(result -> result.training().trainedTokens()).sum();
    narrator.say(
        "%d steps, %,d tokens of all jobs in %.0f s: %,.0f tokens/s",
        results.get(0).training().steps(), tokens, seconds, tokens / seconds);
    return tokens / seconds;
  }

  private static void rethrow(RuntimeException failure) {
    throw failure;
  }

  private LoraModel withAllAdapters(CausalLm model) {
    TaskJob first = jobs.get(0);
    LoraModel adapted = LoraModel.load(model, first.directory());
    adapted.renameAdapter(LoraModel.DEFAULT_ADAPTER, first.name());
    jobs.stream().skip(1).forEach(job -> adapted.loadAdapter(job.name(), job.directory()));
    return adapted;
  }

  private List<Score> judgeAfter(LoraModel model, List<Score> before) {
    narrator.chapter("What they have learned");
    narrator.say("Exact match on held-out records, before and after:");
    List<Score> after = new ArrayList<>();
    for (int i = 0; i < jobs.size(); i++) {
      TaskJob job = jobs.get(i);
      model.setActiveAdapter(job.name());
      Score score = judge(model, job.heldOut());
      after.add(score);
      narrator.say(
          "  %-9s %5.1f %% → %5.1f %%", job.name(), before.get(i).percent(), score.percent());
    }
    return after;
  }

  private Map<String, Score> byJob(List<Score> scores) {
    Map<String, Score> byJob = new LinkedHashMap<>();
    for (int i = 0; i < scores.size(); i++) {
      byJob.put(jobs.get(i).name(), scores.get(i));
    }
    return byJob;
  }

  private void switchThrough(LoraModel model) {
    narrator.chapter("One process, any of them");
    for (TaskJob job : jobs) {
      model.setActiveAdapter(job.name());
      narrator.say("model.setActiveAdapter(\"%s\")", job.name());
      narrator.exchange(job.example().input(), question(job).ask(model).get(0));
    }
  }

  private static Questions question(TaskJob job) {
    return new Questions(job.heldOut().pairs().subList(0, 1));
  }

  private void answerTogether(LoraModel model) {
    Questions all = new Questions(jobs.stream().map(job -> job.heldOut().pairs().get(0)).toList());
    try (CausalLm mixed = model.forAdapters(jobs.stream().map(TaskJob::name).toList())) {
      narrator.say(
          "All six in one batch, a row each (model.forAdapters): %s right", judge(mixed, all));
    }
  }

  private void tellFiles() {
    TaskJob first = jobs.get(0);
    narrator.chapter("Yours");
    narrator.say("an adapter and its data a directory   %s/*", options.output());
    narrator.say("Ask one yourself:");
    narrator.say(
        "  java -jar lora-examples.jar generate --model %s --adapter %s \\",
        base, first.directory());
    narrator.say("    --template human-assistant --prompt '%s' \\", first.example().instruction());
    narrator.say("    --input '%s'", first.example().input());
  }
}
