// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.format;

import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/** The reference files among the test resources. */
final class Golden {
  private Golden() {}

  static Path path(String name) {
    URL url = Objects.requireNonNull(Golden.class.getResource("/golden/" + name), name);
    return toPath(url);
  }

  static Path torch(String name) {
    return toPath(Objects.requireNonNull(Golden.class.getResource("/torch/" + name), name));
  }

  static List<Path> safetensors() {
    try (Stream<Path> files = Files.walk(path("models").getParent())) {
      return files.filter(file -> file.toString().endsWith(".safetensors")).sorted().toList();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static Path toPath(URL url) {
    try {
      return Path.of(url.toURI());
    } catch (URISyntaxException e) {
      throw new AssertionError(e);
    }
  }
}
