// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class LinksTest {
  private static final List<Page> PAGES = Page.all();

  @Test
  void everyRelativeLinkLeadsSomewhere() {
    List<String> broken =
        PAGES.stream()
            .flatMap(
                page ->
                    page.links().stream()
                        .filter(link -> !link.matches("https?://.*") && !resolves(page, link))
                        .map(link -> page.name() + ": " + link))
            .toList();
    assertEquals(List.of(), broken);
  }

  @Test
  void everyPageIsReachedFromTheReadme() {
    Deque<Path> open = new ArrayDeque<>(List.of(Page.ROOT.resolve("README.md")));
    Set<Path> reached = new HashSet<>();
    while (!open.isEmpty()) {
      Path file = open.pop();
      if (reached.add(file) && file.toString().endsWith(".md")) {
        Page page = Page.read(file);
        page.links().stream()
            .filter(link -> !link.matches("https?://.*"))
            .forEach(link -> open.push(target(page, link)));
      }
    }
    List<String> unreached =
        PAGES.stream().filter(page -> !reached.contains(page.file())).map(Page::name).toList();
    assertEquals(List.of(), unreached);
  }

  private static boolean resolves(Page page, String link) {
    Path target = target(page, link);
    int hash = link.indexOf('#');
    return Files.exists(target)
        && (hash < 0 || Page.read(target).anchors().contains(link.substring(hash + 1)));
  }

  private static Path target(Page page, String link) {
    String path = link.replaceAll("#.*", "");
    return path.isEmpty() ? page.file() : page.file().resolveSibling(path).normalize();
  }
}
