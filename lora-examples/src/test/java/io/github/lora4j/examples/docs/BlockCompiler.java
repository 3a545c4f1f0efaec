// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.docs;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** Compiles blocks of Java against the class path of the tests. */
final class BlockCompiler {
  private final JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
  private final Path classes;

  /**
   * Creates the compiler.
   *
   * @param classes where classes go
   */
  BlockCompiler(Path classes) {
    this.classes = classes;
  }

  /** The class path of this JVM, absolute. */
  static String classPath() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .map(entry -> Path.of(entry).toAbsolutePath().toString())
        .collect(Collectors.joining(File.pathSeparator));
  }

  /**
   * Compiles preambles, then each block by itself, so that one's error hides none of another's.
   *
   * @param preambles the sources of preambles by the page they are for
   * @param blocks the blocks
   * @return what the compiler found wrong, by place; nothing where it found nothing
   */
  Map<String, String> compile(Map<String, String> preambles, List<JavaBlock> blocks)
      throws IOException {
    Map<String, String> problems = new TreeMap<>();
    Path sources = Files.createDirectories(classes.resolveSibling("sources"));
    for (Map.Entry<String, String> preamble : preambles.entrySet()) {
      String name = preamble.getValue().replaceAll("(?s).*?class (\\w+).*", "$1");
      Path source = write(sources.resolve(name + ".java"), preamble.getValue());
      compile(preamble.getKey(), source, problems);
    }
    for (JavaBlock block : blocks) {
      Path source = sources.resolve(String.valueOf(problems.size() + blocks.indexOf(block)));
      compile(
          block.where(),
          write(source.resolve(block.className() + ".java"), block.source()),
          problems);
    }
    return problems;
  }

  private static Path write(Path file, String source) throws IOException {
    Files.createDirectories(file.getParent());
    return Files.writeString(file, source);
  }

  private void compile(String where, Path source, Map<String, String> problems) throws IOException {
    Files.createDirectories(classes);
    DiagnosticCollector<JavaFileObject> found = new DiagnosticCollector<>();
    List<String> options =
        List.of("-proc:none", "-d", classes.toString(), "-cp", classPath() + ":" + classes);
    try (StandardJavaFileManager files =
        compiler.getStandardFileManager(found, Locale.ROOT, StandardCharsets.UTF_8)) {
      compiler
          .getTask(null, files, found, options, List.of(), files.getJavaFileObjects(source))
          .call();
    }
    String errors =
        new ArrayList<>(found.getDiagnostics())
            .stream()
                .filter(diagnostic -> diagnostic.getKind() == Diagnostic.Kind.ERROR)
                .map(diagnostic -> diagnostic.getMessage(Locale.ROOT))
                .collect(Collectors.joining("\n"));
    if (!errors.isEmpty()) {
      problems.put(where, errors);
    }
  }
}
