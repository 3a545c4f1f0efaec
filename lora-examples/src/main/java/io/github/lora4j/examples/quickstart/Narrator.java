package io.github.lora4j.examples.quickstart;

import io.github.lora4j.examples.answers.Questions;
import io.github.lora4j.train.FineTuningResult;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/** Tells what the quick start does, in numbered chapters. */
final class Narrator {
  private static final int EXAMPLES = 4;

  private final PrintStream out;
  private int chapter;

  Narrator(PrintStream out) {
    this.out = out;
  }

  PrintStream out() {
    return out;
  }

  void chapter(String title) {
    chapter++;
    out.printf("%n%d. %s%n", chapter, title);
  }

  void say(String format, Object... arguments) {
    out.println(String.format(Locale.ROOT, format, arguments).indent(3).stripTrailing());
  }

  void exchange(String question, String answer) {
    say("  %s → %s", question.replace("\n", " "), answer.replace("\n", "\\n"));
  }

  void examples(Questions questions, List<String> answers) {
    for (int i = 0; i < Math.min(EXAMPLES, answers.size()); i++) {
      String prompt = questions.pairs().get(i).prompt();
      say("%s%s", prompt.replace("\n\n", "\n"), answers.get(i).replace("\n", "\\n"));
    }
  }

  void trained(FineTuningResult result) {
    double seconds = result.duration().toMillis() / 1000.0;
    say(
        "%d steps, %,d tokens in %.0f s, loss %.3f → %.3f",
        result.steps(),
        result.trainedTokens(),
        seconds,
        result.stepReports().get(0).loss(),
        result.stepReports().get(result.steps() - 1).loss());
  }

  void compared(String how, List<String> answers, List<String> expected) {
    long same =
        IntStream.range(0, expected.size())
            .filter(i -> answers.get(i).equals(expected.get(i)))
            .count();
    say("%s: the same answers in %d of %d cases", how, same, expected.size());
  }

  void files(Path output, Path base, Path adapter, Path merged, Path picture) {
    chapter("Yours");
    say("adapter (PEFT reads it)      %s", adapter);
    say("merged checkpoint            %s", merged);
    say("loss curve                   %s", picture);
    say("training data (Alpaca)       %s", output.resolve(Bundle.TRAINING));
    say("Ask it yourself:");
    say("  java -jar lora-examples.jar generate --model %s --adapter %s \\", base, adapter);
    say("    --template human-assistant --prompt 'Write this order as JSON.' \\");
    say("    --input 'Tom would like two blue cups, please.'");
  }
}
