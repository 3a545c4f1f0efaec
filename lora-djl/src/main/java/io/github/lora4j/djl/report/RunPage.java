// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.report;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import io.github.lora4j.djl.progress.Quantities;
import io.github.lora4j.train.EvaluationReport;
import io.github.lora4j.train.RunInfo;
import io.github.lora4j.train.StepReport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the page of a run shows, as the data of its script. */
final class RunPage {
  /** Escapes what would end a script element. */
  private static final Gson GSON = new GsonBuilder().create();

  private static final double GIBIBYTE = 1L << 30;

  private final RunInfo info;
  private final Map<String, Curve> curves = new LinkedHashMap<>();
  private final List<String> warnings = new ArrayList<>();
  private List<Sample> samples = List.of();
  private @Nullable StepReport last;
  private @Nullable EvaluationReport evaluation;
  private String state = "running";
  private Mood mood = Mood.RUNNING;
  private String failure = "";

  /** How a state looks. */
  enum Mood {
    RUNNING,
    GOOD,
    BAD
  }

  RunPage(RunInfo info) {
    this.info = info;
    for (String name :
        List.of("loss", "evaluation", "learningRate", "gradientNorm", "speed", "memory")) {
      curves.put(name, new Curve());
    }
  }

  void step(StepReport report) {
    last = report;
    add("loss", report.step(), report.loss());
    add("learningRate", report.step(), report.learningRate());
    add("gradientNorm", report.step(), report.gradientNorm());
    add("speed", report.step(), report.tokensPerSecond());
    add("memory", report.step(), report.memoryBytes() / GIBIBYTE);
  }

  void evaluation(EvaluationReport report) {
    evaluation = report;
    add("evaluation", report.step(), report.loss());
  }

  private void add(String curve, int step, double value) {
    curves.getOrDefault(curve, new Curve()).add(step, value);
  }

  void samples(List<Sample> known) {
    samples = List.copyOf(known);
  }

  void warning(String text) {
    warnings.add(text);
  }

  void ended(String how) {
    state = how;
    mood = Mood.GOOD;
  }

  void failed(String how, String why) {
    state = how;
    mood = Mood.BAD;
    failure = why;
  }

  boolean isRunning() {
    return mood == Mood.RUNNING;
  }

  /** The page's data, safe inside a script element. */
  String toJson(RunClock clock) {
    JsonObject page = new JsonObject();
    page.addProperty("name", info.name());
    page.addProperty("state", state);
    page.addProperty("mood", mood.name().toLowerCase(Locale.ROOT));
    page.addProperty("failure", failure);
    page.addProperty("written", clock.epochMillis());
    page.addProperty("step", stepsMade());
    page.addProperty("totalSteps", info.totalSteps());
    page.add("warnings", GSON.toJsonTree(warnings));
    page.add("tiles", GSON.toJsonTree(tiles(clock.seconds())));
    JsonObject points = new JsonObject();
    curves.forEach((name, curve) -> points.add(name, curve.toJson()));
    page.add("curves", points);
    page.add("samples", samplesJson());
    page.add("configuration", GSON.toJsonTree(RunFacts.configuration(info)));
    page.add("environment", GSON.toJsonTree(RunFacts.environment(info)));
    return GSON.toJson(page);
  }

  private int stepsMade() {
    return last == null ? 0 : last.step();
  }

  private Map<String, String> tiles(double seconds) {
    Map<String, String> tiles = new LinkedHashMap<>();
    tiles.put("steps", RunFacts.number(stepsMade()) + " of " + RunFacts.number(info.totalSteps()));
    tiles.put(
        "epochs", String.format(Locale.ROOT, "%.2f", stepsMade() / (double) info.stepsPerEpoch()));
    if (last != null) {
      tiles.put("loss", RunLog.rounded(last.loss()));
    }
    if (evaluation != null) {
      tiles.put("evaluation loss", RunLog.rounded(evaluation.loss()));
    }
    if (last != null) {
      tiles.put("tokens per second", RunFacts.number(Math.round(last.tokensPerSecond())));
      tiles.put("memory", Quantities.memory(last.memoryBytes()));
    }
    tiles.put("time", clock(seconds));
    if (isRunning() && last != null) {
      tiles.put("time left", clock(seconds / last.step() * (info.totalSteps() - last.step())));
    }
    return tiles;
  }

  private static String clock(double seconds) {
    return Quantities.clock(Duration.ofSeconds(Math.round(seconds)));
  }

  private JsonArray samplesJson() {
    JsonArray array = new JsonArray();
    for (Sample sample : samples) {
      array.add(GSON.toJsonTree(List.of(sample.prompt(), sample.before(), sample.after())));
    }
    return array;
  }
}
