// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.docs;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A block of Java in the documentation as a compilation unit. Statements become the body of {@code
 * run} of a class that extends the page's preamble, or {@link Preamble}; a whole type stays one.
 *
 * <p>A comment of HTML before the block may say {@code java: not run, REASON} or {@code java: in
 * PACKAGE}.
 */
final class JavaBlock {
  private static final Pattern PACKAGE = Pattern.compile("java: in (\\S+)");
  private static final Pattern TYPE =
      Pattern.compile("(?m)^(?:public |final |abstract )*(?:class|interface|record|enum) (\\w+)");
  private static final List<String> IMPORTS =
      List.of(
          "ai.djl",
          "ai.djl.inference",
          "ai.djl.ndarray",
          "ai.djl.ndarray.types",
          "ai.djl.repository.zoo",
          "ai.djl.training",
          "ai.djl.training.loss",
          "io.github.lora4j",
          "io.github.lora4j.combine",
          "io.github.lora4j.data",
          "io.github.lora4j.generate",
          "io.github.lora4j.optim",
          "io.github.lora4j.plan",
          "io.github.lora4j.quant",
          "io.github.lora4j.train",
          "io.github.lora4j.train.multi",
          "java.nio.file",
          "java.util");

  private final Page page;
  private final Page.Block block;
  private final Optional<String> preamble;
  private final Optional<String> type;

  JavaBlock(Page page, Page.Block block, Optional<String> preamble) {
    this.page = page;
    this.block = block;
    this.preamble = preamble;
    Matcher matcher = TYPE.matcher(block.text());
    type = matcher.find() ? Optional.of(matcher.group(1)) : Optional.empty();
  }

  /** Where the block stands: {@code docs/lora.md:17}. */
  String where() {
    return page.name() + ":" + block.line();
  }

  /** The name of the class that it becomes. */
  String className() {
    return type.orElse(
        page.name().replaceAll(".*/|\\.md", "").replaceAll("\\W", "_") + "_" + block.line());
  }

  boolean runs() {
    return type.isEmpty() && !block.note().startsWith("java: not run");
  }

  String source() {
    return type.isPresent() ? asType() : asStatements();
  }

  private String asType() {
    Matcher in = PACKAGE.matcher(block.note());
    String home = in.matches() ? "package %s;\n".formatted(in.group(1)) : "";
    return home + imports() + block.text();
  }

  private String asStatements() {
    return """
        %s
        public final class %s extends %s {
          @Override
          public void run() throws Exception {
        %s
          }
        }
        """
        .formatted(imports(), className(), superclass(), block.text());
  }

  private String superclass() {
    return preamble
        .map(TYPE::matcher)
        .filter(Matcher::find)
        .map(matcher -> matcher.group(1))
        .orElse(Preamble.class.getName());
  }

  private String imports() {
    StringBuilder imports = new StringBuilder();
    IMPORTS.forEach(name -> imports.append("import ").append(name).append(".*;\n"));
    preamble.stream()
        .flatMap(String::lines)
        .filter(line -> line.startsWith("import "))
        .forEach(line -> imports.append(line).append('\n'));
    return imports.toString();
  }
}
