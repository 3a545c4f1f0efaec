// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.methods;

import io.github.lora4j.CausalLm;
import io.github.lora4j.HuggingFaceModel;
import io.github.lora4j.examples.answers.Score;
import io.github.lora4j.examples.story.Narrator;
import io.github.lora4j.train.LisaConfig;
import java.io.PrintStream;
import java.nio.file.Path;

/**
 * LISA on the bundled model: no adapter, but a few of the model's own layers at a time (Pan et al.,
 * 2024).
 */
public final class LisaExample {
  /** A gradient, and two numbers of AdamW's. */
  private static final int BYTES_PER_TRAINED = 3 * Float.BYTES;

  private static final float LEARNING_RATE = 1e-3f;
  private static final int SHOWN_TURNS = 6;

  private final MethodOptions options;
  private final LisaConfig lisa;
  private final Narrator narrator;

  /**
   * Creates the example.
   *
   * @param options what may be changed
   * @param lisa which layers train at a time
   * @param out where the story is told
   */
  public LisaExample(MethodOptions options, LisaConfig lisa, PrintStream out) {
    this.options = options;
    this.lisa = lisa;
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
    try (CausalLm model = HuggingFaceModel.load(course.lesson().base())) {
      Score before = course.judgeBefore(model);
      narrator.chapter("A few layers at a time");
      ActiveLayers active = new ActiveLayers(model);
      course.train(model, course.tuner(LEARNING_RATE).lisa(lisa).listener(active));
      tellTurns(active);
      Score after = course.judgeAfter(model);
      tellMemory(active);
      tellFiles(model);
      return new MethodResult(before, after);
    }
  }

  private void tellTurns(ActiveLayers active) {
    narrator.say("These layers trained, and what is outside the layers:");
    active.turns().stream()
        .limit(SHOWN_TURNS)
        .forEach(turn -> narrator.say("  from step %3d: layers %s", turn.step(), turn.layers()));
    int more = active.turns().size() - SHOWN_TURNS;
    if (more > 0) {
      narrator.say("  and %d turns more", more);
    }
  }

  private void tellMemory(ActiveLayers active) {
    narrator.chapter("What it saves");
    narrator.say("Gradients and AdamW's state, which are only for what trains now:");
    tellMemory("full fine-tuning", active.allParameters());
    tellMemory("LISA, at most", active.mostParameters());
    narrator.say("Layers below the lowest that trains have no backward pass.");
  }

  private void tellMemory(String what, long parameters) {
    double mebibytes = parameters * BYTES_PER_TRAINED / (double) (1 << 20);
    narrator.say("  %-17s %,9d parameters  %5.2f MiB", what, parameters, mebibytes);
  }

  private void tellFiles(CausalLm model) {
    Path trained = options.output().resolve("trained");
    model.saveCheckpoint(trained);
    narrator.chapter("Yours");
    narrator.say("the whole model (a checkpoint)   %s", trained);
    narrator.say("Ask it yourself:");
    narrator.say("  java -jar lora-examples.jar generate --model %s \\", trained);
    narrator.say("    --template human-assistant --prompt 'Write this order as JSON.' \\");
    narrator.say("    --input 'Tom would like two blue cups, please.'");
  }
}
