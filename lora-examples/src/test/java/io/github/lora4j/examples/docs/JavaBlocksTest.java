// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Every block of Java in the documentation compiles, and does not fail when it runs. */
class JavaBlocksTest {
  private static final List<JavaBlock> BLOCKS = new ArrayList<>();
  private static final Map<String, String> PREAMBLES = new TreeMap<>();
  private static final long TIMEOUT_MINUTES = 10;

  @TempDir private static Path directory;

  private static Map<String, String> problems = Map.of();

  @BeforeAll
  static void compile() throws IOException {
    for (Page page : Page.all()) {
      Optional<String> preamble = preamble(page);
      preamble.ifPresent(source -> PREAMBLES.put(page.name(), source));
      page.blocks().stream()
          .filter(block -> block.language().equals("java"))
          .map(block -> new JavaBlock(page, block, preamble))
          .forEach(BLOCKS::add);
    }
    problems = new BlockCompiler(directory.resolve("classes")).compile(PREAMBLES, BLOCKS);
  }

  private static Optional<String> preamble(Page page) throws IOException {
    String name = "/docs/" + page.file().getFileName().toString().replace(".md", ".java");
    try (InputStream in = JavaBlocksTest.class.getResourceAsStream(name)) {
      return in == null
          ? Optional.empty()
          : Optional.of(new String(in.readAllBytes(), StandardCharsets.UTF_8));
    }
  }

  @Test
  void thereAreBlocksToCompile() {
    assertTrue(BLOCKS.size() > 15, () -> BLOCKS.size() + " blocks found");
  }

  @TestFactory
  Stream<DynamicTest> blocksCompile() {
    return Stream.concat(PREAMBLES.keySet().stream(), BLOCKS.stream().map(JavaBlock::where))
        .map(
            where ->
                DynamicTest.dynamicTest(
                    where, () -> assertEquals("", problems.getOrDefault(where, ""))));
  }

  @TestFactory
  Stream<DynamicTest> blocksRun() throws IOException, InterruptedException {
    List<JavaBlock> running =
        BLOCKS.stream()
            .filter(block -> block.runs() && !problems.containsKey(block.where()))
            .toList();
    Path results = run(running);
    return running.stream()
        .map(
            block ->
                DynamicTest.dynamicTest(
                    block.where(),
                    () -> assertEquals("", Files.readString(results.resolve(block.className())))));
  }

  private static Path run(List<JavaBlock> blocks) throws IOException, InterruptedException {
    Path results = Files.createDirectories(directory.resolve("results"));
    Path work = Files.createDirectories(directory.resolve("work"));
    Workplace.fill(work);
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx1g",
                "-cp",
                BlockCompiler.classPath() + File.pathSeparator + directory.resolve("classes"),
                BlockRunner.class.getName(),
                results.toString()));
    blocks.forEach(block -> command.add(block.className()));
    Path output = directory.resolve("output");
    Process process =
        new ProcessBuilder(command)
            .directory(work.toFile())
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    boolean ended = process.waitFor(TIMEOUT_MINUTES, TimeUnit.MINUTES);
    process.destroyForcibly();
    assertTrue(ended && process.exitValue() == 0, () -> tail(output));
    return results;
  }

  private static String tail(Path output) {
    try {
      List<String> lines = Files.readAllLines(output);
      return String.join("\n", lines.subList(Math.max(0, lines.size() - 40), lines.size()));
    } catch (IOException e) {
      return e.toString();
    }
  }
}
