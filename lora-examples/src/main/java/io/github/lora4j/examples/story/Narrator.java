// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.story;

import io.github.lora4j.examples.answers.Questions;
import io.github.lora4j.train.FineTuningResult;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;

/** Tells what an example does, in numbered chapters. */
public final class Narrator {
  private static final int EXAMPLES = 4;

  private final PrintStream out;
  private int chapter;

  /**
   * Begins.
   *
   * @param out where it is told
   */
  public Narrator(PrintStream out) {
    this.out = out;
  }

  /**
   * Where it is told.
   *
   * @return the stream
   */
  public PrintStream out() {
    return out;
  }

  /**
   * Begins a chapter.
   *
   * @param title its title
   */
  public void chapter(String title) {
    chapter++;
    out.printf("%n%d. %s%n", chapter, title);
  }

  /**
   * Says something.
   *
   * @param format the words, as {@link String#format} takes them; lines are indented
   * @param arguments what goes into them
   */
  public void say(String format, Object... arguments) {
    out.println(String.format(Locale.ROOT, format, arguments).indent(3).stripTrailing());
  }

  /**
   * Shows a question and its answer on a line.
   *
   * @param question the question
   * @param answer the answer
   */
  public void exchange(String question, String answer) {
    say("  %s → %s", question.replace("\n", " "), answer.replace("\n", "\\n"));
  }

  /**
   * Shows a few questions with their answers.
   *
   * @param questions the questions
   * @param answers the answers, in order
   */
  public void examples(Questions questions, List<String> answers) {
    for (int i = 0; i < Math.min(EXAMPLES, answers.size()); i++) {
      String prompt = questions.pairs().get(i).prompt();
      say("%s%s", prompt.replace("\n\n", "\n"), answers.get(i).replace("\n", "\\n"));
    }
  }

  /**
   * Sums up a training.
   *
   * @param result what came of it, with at least one step
   */
  public void trained(FineTuningResult result) {
    double seconds = result.duration().toMillis() / 1000.0;
    say(
        "%d steps, %,d tokens in %.0f s, loss %.3f → %.3f",
        result.steps(),
        result.trainedTokens(),
        seconds,
        result.stepReports().get(0).loss(),
        result.stepReports().get(result.steps() - 1).loss());
  }
}
