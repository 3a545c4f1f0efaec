// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.docs;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.github.lora4j.examples.Commands;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import picocli.CommandLine;

/** Commands in the documentation are commands of the runnable jar, with options that it has. */
class ShellBlocksTest {
  private static final Pattern COMMAND =
      Pattern.compile("^ *(?:lora|java (?:-\\S+ )*-jar \\S*lora-examples\\.jar) (.*)");

  @TestFactory
  Stream<DynamicTest> commandsAndTheirOptionsExist() {
    return Page.all().stream()
        .flatMap(
            page ->
                page.blocks().stream()
                    .flatMap(block -> commands(block.text()))
                    .map(
                        command ->
                            DynamicTest.dynamicTest(
                                page.name() + ": " + command, () -> check(command))));
  }

  @Test
  void thereAreCommandsToCheck() {
    long commands =
        Page.all().stream()
            .flatMap(page -> page.blocks().stream())
            .flatMap(block -> commands(block.text()))
            .count();
    assertTrue(commands > 20, () -> commands + " commands found");
  }

  private static Stream<String> commands(String block) {
    String joined = block.replaceAll("\\\\\n", " ");
    return joined
        .lines()
        .map(COMMAND::matcher)
        .filter(Matcher::matches)
        .map(match -> match.group(1));
  }

  private static void check(String command) {
    CommandLine at = Commands.line();
    List<String> words = new ArrayList<>(List.of(command.split("[ \t]+")));
    while (!words.isEmpty() && at.getSubcommands().containsKey(words.get(0))) {
      at = at.getSubcommands().get(words.remove(0));
    }
    if (at.getParent() == null) {
      fail("\"%s\" is no subcommand".formatted(words.get(0)));
    }
    for (String word : words) {
      String option = word.replaceAll("[=;].*", "");
      boolean known =
          !word.startsWith("--") || at.getCommandSpec().optionsMap().containsKey(option);
      String name = at.getCommandSpec().qualifiedName();
      assertTrue(known, () -> "%s has no option %s".formatted(name, option));
    }
  }
}
