// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.benchmark.choosing;

import ai.djl.nn.Parameter;
import io.github.lora4j.CausalLm;
import io.github.lora4j.HuggingFaceModel;
import io.github.lora4j.data.InstructionDataset;
import io.github.lora4j.examples.benchmark.Figures;
import io.github.lora4j.examples.benchmark.PeakMemory;
import io.github.lora4j.examples.benchmark.Samples;
import io.github.lora4j.examples.benchmark.StepClock;
import io.github.lora4j.examples.quickstart.OrderLesson;
import io.github.lora4j.train.FineTuner;
import io.github.lora4j.train.FineTuningListener;
import io.github.lora4j.train.FineTuningResult;
import io.github.lora4j.train.LearningRateSchedule;
import io.github.lora4j.train.StepReport;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** One method in this process, for the memory's sake. */
@Command(
    name = "run",
    description = "One method, in this process; the table is made of such runs.",
    mixinStandardHelpOptions = true,
    sortOptions = false)
final class MethodRun implements Callable<Integer> {
  private static final int WARM_UP = 3;
  private static final int EVALUATIONS = 20;
  private static final int QUESTIONS = 100;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(names = "--method", required = true, description = "Which method.")
  private String name = "";

  @Option(names = "--data", required = true, description = "Where the bundle is laid out.")
  private Path data = Path.of(".");

  @Option(names = "--learning-rate", required = true, description = "The highest rate.")
  private float learningRate;

  @Option(names = "--steps", required = true, description = "Steps of 8 records.")
  private int steps;

  @Option(names = "--seed", required = true, description = "Seed of everything random.")
  private long seed;

  @Option(
      names = "--validate",
      description = "Judge by a tenth of the training data, and leave the held-out records alone.")
  private boolean validate;

  private MethodRun() {}

  @Override
  public Integer call() {
    Method method = Method.named(name);
    OrderLesson lesson = OrderLesson.unpack(data, QUESTIONS);
    try (CausalLm base = HuggingFaceModel.load(lesson.base(), method.load())) {
      base.getNDManager().getEngine().setRandomSeed((int) seed);
      CausalLm model = method.prepare().of(base, steps);
      try {
        measure(method, model, lesson);
      } finally {
        if (model != base) {
          model.close();
        }
      }
    }
    return 0;
  }

  private void measure(Method method, CausalLm model, OrderLesson lesson) {
    InstructionDataset all = lesson.training(model.tokenizer());
    InstructionDataset.Split split =
        validate
            ? all.split(0.1, seed)
            : new InstructionDataset.Split(all, lesson.judging(model.tokenizer()));
    StepClock clock = new StepClock(WARM_UP);
    MostTrained most = new MostTrained(model);
    FineTuner tuner =
        method
            .options()
            .apply(
                FineTuner.builder()
                    .batchSize(8)
                    .maxSteps(steps)
                    .learningRate(learningRate)
                    .schedule(LearningRateSchedule.COSINE)
                    .warmupRatio(0.05)
                    .evaluationInterval(Math.max(1, steps / EVALUATIONS))
                    .seed(seed)
                    .silent()
                    .listener(clock)
                    .listener(most))
            .build();
    report(tuner.fit(model, split.train(), split.evaluation()), clock, most);
    if (!validate) {
      Figures figures = new Figures(spec.commandLine().getOut());
      double right = lesson.heldOut().score(lesson.heldOut().ask(model)).percent();
      figures.print(MethodFigures.ACCURACY, right, "% of the held-out records");
    }
  }

  private void report(FineTuningResult result, StepClock clock, MostTrained most) {
    Figures figures = new Figures(spec.commandLine().getOut());
    figures.print(MethodFigures.TRAINED, most.parameters(), "parameters at a time, at most");
    figures.print(MethodFigures.PEAK, PeakMemory.mebibytes(), "MiB resident");
    figures.print(MethodFigures.SECONDS, Samples.median(clock.seconds()), "s a step (median)");
    figures.print(
        MethodFigures.PROCESSOR,
        clock.processorSeconds().stream().mapToDouble(Double::doubleValue).average().orElse(0),
        "processor s a step (mean, evaluations included)");
    result
        .evaluations()
        .forEach(
            evaluation ->
                figures.printFine(
                    MethodFigures.LOSS_AFTER + evaluation.step(),
                    evaluation.loss(),
                    "nats a token, held out"));
  }

  /** How much trains at a time. */
  private static final class MostTrained implements FineTuningListener {
    private final CausalLm model;
    private long parameters;

    MostTrained(CausalLm model) {
      this.model = model;
    }

    @Override
    public void onStep(StepReport report) {
      long now =
          model.getBlock().getParameters().values().stream()
              .filter(Parameter::requiresGradient)
              .mapToLong(parameter -> parameter.getShape().size())
              .sum();
      parameters = Math.max(parameters, now);
    }

    double parameters() {
      return parameters;
    }
  }
}
