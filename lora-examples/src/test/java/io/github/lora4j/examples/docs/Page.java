// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.docs;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A page of the documentation: what of its Markdown the tests look at.
 *
 * @param file where it lies
 * @param blocks its fenced and indented blocks, in order
 * @param headings the texts of its headings, in order
 * @param links the targets of its links, in order
 */
record Page(Path file, List<Block> blocks, List<String> headings, List<String> links) {
  /** The directory of the repository. */
  static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

  private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
  private static final Pattern HEADING = Pattern.compile("#{1,6} (.*)");
  private static final Pattern NOTE = Pattern.compile("<!-- (.*) -->");

  /**
   * A block of code.
   *
   * @param language behind the fence, or empty
   * @param text its lines, without the fence
   * @param line of the page where it begins, from 1
   * @param note the comment of HTML on the line before it, or empty
   */
  record Block(String language, String text, int line, String note) {}

  /** All pages: those of the root and those of {@code docs}. */
  static List<Page> all() {
    try (Stream<Path> root = Files.list(ROOT);
        Stream<Path> docs = Files.list(ROOT.resolve("docs"))) {
      return Stream.concat(root, docs)
          .filter(file -> file.toString().endsWith(".md"))
          .sorted()
          .map(Page::read)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Page read(Path file) {
    try {
      return parse(file, Files.readAllLines(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  String name() {
    return ROOT.relativize(file).toString();
  }

  /** The headings as GitHub makes anchors of them. */
  List<String> anchors() {
    return headings.stream()
        .map(heading -> heading.toLowerCase(Locale.ROOT))
        .map(heading -> heading.replaceAll("[^\\p{L}\\p{N} _-]", "").replace(' ', '-'))
        .toList();
  }

  private static Page parse(Path file, List<String> lines) {
    List<Block> blocks = new ArrayList<>();
    List<String> headings = new ArrayList<>();
    List<String> links = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      if (line.startsWith("```") || line.startsWith("    ")) {
        Block block = block(lines, i);
        blocks.add(block);
        i += (int) block.text().lines().count() - 1 + (line.startsWith("```") ? 2 : 0);
        continue;
      }
      Matcher heading = HEADING.matcher(line);
      if (heading.matches()) {
        headings.add(heading.group(1).strip());
      }
      LINK.matcher(line).results().forEach(link -> links.add(link.group(1)));
    }
    return new Page(file, blocks, headings, links);
  }

  private static Block block(List<String> lines, int first) {
    Matcher note = NOTE.matcher(first == 0 ? "" : lines.get(first - 1));
    String comment = note.matches() ? note.group(1) : "";
    boolean fenced = lines.get(first).startsWith("```");
    int from = fenced ? first + 1 : first;
    int to = from;
    while (to < lines.size() && belongs(lines.get(to), fenced)) {
      to++;
    }
    String language = fenced ? lines.get(first).substring(3).strip() : "";
    String text = String.join("\n", lines.subList(from, to)) + "\n";
    return new Block(language, text, first + 1, comment);
  }

  private static boolean belongs(String line, boolean fenced) {
    return fenced ? !line.startsWith("```") : line.startsWith("    ") || line.isEmpty();
  }
}
