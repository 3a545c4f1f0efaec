// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.lora4j.TrainingException;
import io.github.lora4j.train.EvaluationReport;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HtmlReportTest {
  private static final Pattern DATA =
      Pattern.compile("<script type=\"application/json\" id=\"data\">(.*)</script>");

  @TempDir Path directory;
  private final AtomicLong nanos = new AtomicLong();
  private HtmlReport report;

  @BeforeEach
  void start() {
    report = new HtmlReport(directory, new RunClock(nanos::get, () -> 42));
    report.onStart(SomeRun.info(SomeRun.tuner()));
  }

  private String page() throws IOException {
    return Files.readString(directory.resolve("report.html"));
  }

  private JsonObject data() throws IOException {
    Matcher matcher = DATA.matcher(page());
    assertEquals(true, matcher.find());
    JsonObject data = JsonParser.parseString(matcher.group(1)).getAsJsonObject();
    assertFalse(matcher.find());
    return data;
  }

  private int points(String curve) throws IOException {
    return data().getAsJsonObject("curves").getAsJsonArray(curve).size();
  }

  @Test
  void thePageIsThereBeforeTheFirstStep() throws IOException {
    JsonObject data = data();
    assertEquals("french", data.get("name").getAsString());
    assertEquals("running", data.get("state").getAsString());
    assertEquals("bloom", data.getAsJsonObject("configuration").get("model").getAsString());
    assertEquals(
        "2 × 3", data.getAsJsonObject("configuration").get("rows of a step").getAsString());
    assertEquals("8", data.getAsJsonObject("configuration").get("r").getAsString());
    assertEquals("0.35.1", data.getAsJsonObject("environment").get("DJL").getAsString());
  }

  @Test
  void stepsAreShownEveryFewSecondsAndAllOfThemAtTheEnd() throws IOException {
    report.onStep(SomeRun.step(1, 2.5));
    assertEquals(0, points("loss"), "not written again so soon");
    nanos.addAndGet(Duration.ofSeconds(5).toNanos());
    report.onStep(SomeRun.step(2, 2));
    assertEquals(2, points("loss"));
    assertEquals("0:15", data().getAsJsonObject("tiles").get("time left").getAsString());
    report.onStep(SomeRun.step(3, 1.5));
    report.onEvaluation(new EvaluationReport(3, 1.75));
    assertEquals(3, points("loss"));
    assertEquals(1, points("evaluation"));
    report.onStep(SomeRun.step(4, 1));
    report.onEnd(SomeRun.result(SomeRun.step(4, 1)));
    report.close();
    JsonArray last =
        data().getAsJsonObject("curves").getAsJsonArray("memory").get(3).getAsJsonArray();
    assertEquals(4, last.get(0).getAsInt());
    assertEquals(1.5, last.get(1).getAsDouble());
    assertEquals("completed", data().get("state").getAsString());
    assertEquals("good", data().get("mood").getAsString());
  }

  @Test
  void textOfUsersEndsNoScript() throws IOException {
    report.onSamples(List.of(new Sample("</script><b>", "<!-- before", "after")));
    JsonArray sample = data().getAsJsonArray("samples").get(0).getAsJsonArray();
    assertEquals("</script><b>", sample.get(0).getAsString());
    assertEquals("<!-- before", sample.get(1).getAsString());
    assertFalse(page().contains("<b>"));
    assertFalse(page().contains("<!-- before"));
  }

  @Test
  void warningsAndFailuresAreShownAtOnce() throws IOException {
    report.onWarning("nothing is learned");
    assertEquals("nothing is learned", data().getAsJsonArray("warnings").get(0).getAsString());
    report.onFailure(new TrainingException("step 2 of 8: the loss is NaN"));
    report.close();
    assertEquals("broke off", data().get("state").getAsString());
    assertEquals("bad", data().get("mood").getAsString());
    assertEquals("step 2 of 8: the loss is NaN", data().get("failure").getAsString());
  }

  @Test
  void aRunThatIsClosedWithoutAnEndIsNotShownAsRunning() throws IOException {
    report.close();
    assertEquals("broke off", data().get("state").getAsString());
  }

  @Test
  void thePageLoadsNothing() throws IOException {
    assertFalse(Pattern.compile("(src|href)\\s*=|@import|url\\(").matcher(page()).find());
  }
}
