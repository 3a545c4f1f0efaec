// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.serve.http;

import io.github.lora4j.examples.serve.openai.ApiError;
import io.github.lora4j.examples.serve.openai.ApiException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** The one directory that adapters may be loaded from; links that lead out of it are refused. */
final class AdapterDirectory {
  private final Path root;

  /**
   * Creates it.
   *
   * @param root its real path
   */
  AdapterDirectory(Path root) {
    this.root = root;
  }

  /**
   * Finds an adapter.
   *
   * @param path relative to the directory, or absolute inside of it
   * @return its real path
   * @throws ApiException with status 403 if it leads out, 404 if there is nothing
   */
  Path resolve(String path) {
    try {
      Path directory = inside(root.resolve(path));
      for (Path file : files(directory)) {
        inside(file);
      }
      return directory;
    } catch (InvalidPathException e) {
      throw new ApiException(ApiError.invalid("lora_path", "lora_path is no path"));
    } catch (IOException e) {
      throw nothing();
    }
  }

  private Path inside(Path path) throws IOException {
    if (!path.normalize().startsWith(root)) {
      throw outside();
    }
    Path real = path.toRealPath();
    if (!real.startsWith(root) || real.equals(root)) {
      throw outside();
    }
    return real;
  }

  private static List<Path> files(Path directory) throws IOException {
    if (!Files.isDirectory(directory)) {
      throw nothing();
    }
    try (Stream<Path> files = Files.list(directory)) {
      return files.toList();
    }
  }

  private static ApiException outside() {
    return new ApiException(
        ApiError.refused(403, "lora_path must lie inside of the server's directory of adapters"));
  }

  private static ApiException nothing() {
    return new ApiException(
        ApiError.refused(
            404, "There is nothing at lora_path in the server's directory of adapters"));
  }
}
