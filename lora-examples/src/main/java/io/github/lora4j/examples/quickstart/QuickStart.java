// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.quickstart;

import io.github.lora4j.CausalLm;
import io.github.lora4j.HuggingFaceModel;
import io.github.lora4j.LoraConfig;
import io.github.lora4j.LoraModel;
import io.github.lora4j.data.InstructionDataset;
import io.github.lora4j.examples.answers.Questions;
import io.github.lora4j.examples.story.Narrator;
import io.github.lora4j.train.FineTuner;
import io.github.lora4j.train.FineTuningResult;
import io.github.lora4j.train.LearningRateSchedule;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;

/**
 * One fine-tuning from the first line to the merged model: a small pretrained BLOOM learns to write
 * orders, in English or Chinese, as JSON.
 */
public final class QuickStart {
  private final QuickStartOptions options;
  private final Narrator narrator;
  private final Path base;
  private final Path adapter;
  private final Path merged;
  private final Path picture;

  /**
   * Creates the quick start.
   *
   * @param options what may be changed
   * @param out where the story is told
   */
  public QuickStart(QuickStartOptions options, PrintStream out) {
    this.options = options;
    narrator = new Narrator(out);
    base = options.output().resolve(Bundle.MODEL);
    adapter = options.output().resolve("adapter");
    merged = options.output().resolve("merged");
    picture = options.output().resolve("loss.png");
  }

  /**
   * Runs it.
   *
   * @return what came of it
   * @throws io.github.lora4j.LoraException if the output directory cannot be written, or an option
   *     is out of range
   */
  public QuickStartResult run() {
    OrderLesson lesson = OrderLesson.unpack(options.output(), options.heldOut());
    Questions heldOut = lesson.heldOut();
    try (CausalLm model = HuggingFaceModel.load(base, options.load())) {
      List<String> before = meet(model, heldOut);
      List<String> after = fineTune(model, lesson);
      List<String> reloaded = reload(heldOut, after);
      List<String> fromMerged = merge(heldOut, after);
      tellFiles();
      return new QuickStartResult(
          heldOut.score(before), heldOut.score(after), after, reloaded, fromMerged, picture);
    }
  }

  private List<String> meet(CausalLm model, Questions heldOut) {
    narrator.chapter("A pretrained model");
    narrator.say("HuggingFaceModel.load(\"%s\"): %s", base, model.trainableParameters());
    narrator.say("It answers what it was taught:");
    KnownSkills.PROMPTS.forEach(
        prompt ->
            narrator.exchange(prompt, KnownSkills.answer(model, prompt, OrderLesson.TEMPLATE)));
    narrator.chapter("What it cannot do yet");
    List<String> before = heldOut.ask(model);
    narrator.examples(heldOut, before);
    narrator.say("Exact match on held-out records before: %s", heldOut.score(before));
    return before;
  }

  private List<String> fineTune(CausalLm model, OrderLesson lesson) {
    Questions heldOut = lesson.heldOut();
    LoraConfig config =
        LoraConfig.builder().rank(options.rank()).alpha(2.0 * options.rank()).allLinear().build();
    model.getNDManager().getEngine().setRandomSeed((int) options.seed());
    try (LoraModel lora = LoraModel.wrap(model, config)) {
      narrator.chapter("An adapter on it");
      narrator.say("LoraModel.wrap(base, rank %d on all linear layers):", options.rank());
      ParameterTable.ofTrainable(lora).forEach(line -> narrator.say("  %s", line));
      narrator.say("%s", lora.trainableParameters());
      narrator.chapter("Fine-tuning");
      FineTuningResult result = train(lora, lesson);
      LossCurve.write("Fine-tuning: orders to JSON", result.stepReports(), picture);
      narrator.chapter("What it has learned");
      List<String> after = heldOut.ask(lora);
      narrator.examples(heldOut, after);
      narrator.say("Exact match on held-out records after: %s", heldOut.score(after));
      lora.saveAdapter(adapter);
      lora.saveMerged(merged);
      return after;
    }
  }

  private FineTuningResult train(LoraModel lora, OrderLesson lesson) {
    InstructionDataset data = lesson.training(lora.tokenizer());
    narrator.say("%d records, for example:", data.size());
    narrator.say("  %s", lora.tokenizer().decode(data.example(0).inputIds(), true).strip());
    FineTuningResult result =
        FineTuner.builder()
            .epochs(options.epochs())
            .batchSize(8)
            .learningRate(4e-3f)
            .schedule(LearningRateSchedule.COSINE)
            .warmupRatio(0.05)
            .seed(options.seed())
            .progress(narrator.out())
            .build()
            .fit(lora, data);
    narrator.trained(result);
    return result;
  }

  private List<String> reload(Questions heldOut, List<String> after) {
    narrator.chapter("The saved adapter on a fresh base");
    try (CausalLm fresh = HuggingFaceModel.load(base, options.load());
        LoraModel loaded = LoraModel.load(fresh, adapter)) {
      List<String> answers = heldOut.ask(loaded);
      compared("LoraModel.load(base, \"" + adapter + "\")", answers, after);
      return answers;
    }
  }

  private List<String> merge(Questions heldOut, List<String> after) {
    narrator.chapter("Adapter and base as one checkpoint");
    try (CausalLm whole = HuggingFaceModel.load(merged)) {
      List<String> answers = heldOut.ask(whole);
      compared("HuggingFaceModel.load(\"" + merged + "\")", answers, after);
      return answers;
    }
  }

  private void compared(String how, List<String> answers, List<String> expected) {
    long same =
        IntStream.range(0, expected.size())
            .filter(i -> answers.get(i).equals(expected.get(i)))
            .count();
    narrator.say("%s: the same answers in %d of %d cases", how, same, expected.size());
  }

  private void tellFiles() {
    narrator.chapter("Yours");
    narrator.say("adapter (PEFT reads it)      %s", adapter);
    narrator.say("merged checkpoint            %s", merged);
    narrator.say("loss curve                   %s", picture);
    narrator.say("training data (Alpaca)       %s", options.output().resolve(Bundle.TRAINING));
    narrator.say("Ask it yourself:");
    narrator.say(
        "  java -jar lora-examples.jar generate --model %s --adapter %s \\", base, adapter);
    narrator.say("    --template human-assistant --prompt 'Write this order as JSON.' \\");
    narrator.say("    --input 'Tom would like two blue cups, please.'");
  }
}
