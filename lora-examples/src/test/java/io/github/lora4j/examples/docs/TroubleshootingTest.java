// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.docs;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Messages that the troubleshooting page explains are messages of the sources. */
class TroubleshootingTest {
  private static final Pattern LITERAL = Pattern.compile("\"((?:[^\"\\\\\n]|\\\\.)*)\"");
  private static final Pattern MESSAGE = Pattern.compile("(?m)^### (.*)$");

  @TestFactory
  Stream<DynamicTest> everyMessageIsInTheSources() throws IOException {
    List<String> sources = sources();
    return messages()
        .map(
            message ->
                DynamicTest.dynamicTest(
                    message,
                    () ->
                        assertTrue(
                            sources.stream().anyMatch(source -> holds(source, message)),
                            "no source has all parts of this message")));
  }

  @Test
  void thereAreMessages() throws IOException {
    assertTrue(messages().count() > 25);
  }

  /** Headings that are no message say so by a capital letter or a backquote. */
  private static Stream<String> messages() throws IOException {
    String page = Files.readString(Page.ROOT.resolve("docs/troubleshooting.md"));
    return MESSAGE
        .matcher(page)
        .results()
        .map(match -> match.group(1))
        .filter(heading -> !heading.matches("`.*|The .*"));
  }

  private static boolean holds(String source, String message) {
    return Arrays.stream(message.split("…"))
        .map(part -> part.replaceAll("^[:;, ]+|[:;, ]+$", ""))
        .filter(part -> part.length() > 3)
        .allMatch(source::contains);
  }

  /** Of each source the texts in it, with … for what is filled in. */
  private static List<String> sources() throws IOException {
    List<String> sources = new ArrayList<>();
    for (String module : List.of("lora-api", "lora-djl")) {
      try (Stream<Path> files = Files.walk(Page.ROOT.resolve(module).resolve("src/main/java"))) {
        for (Path file : files.filter(path -> path.toString().endsWith(".java")).toList()) {
          sources.add(texts(Files.readString(file)));
        }
      }
    }
    return sources;
  }

  private static String texts(String source) {
    String joined = source.replaceAll("\"\\s*\\+\\s*\"", "");
    return LITERAL
        .matcher(joined)
        .results()
        .map((MatchResult match) -> match.group(1))
        .map(text -> text.replace("\\\"", "\"").replaceAll("%[sd]", "…"))
        .collect(Collectors.joining("\n"));
  }
}
