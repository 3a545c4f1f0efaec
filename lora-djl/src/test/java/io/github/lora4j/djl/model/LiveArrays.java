// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDScope;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Field;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Counts the arrays that this thread made and nobody closed, whatever manager they are on. DJL
 * registers each array with the innermost scope; what else that scope is for is not used here.
 */
public final class LiveArrays implements AutoCloseable {
  private final NDScope scope = new NDScope();

  /** Counts from here on. */
  public LiveArrays() {}

  /** Arrays made since, and not closed. */
  public long count() {
    return resources().keySet().stream().filter(array -> !array.isReleased()).count();
  }

  /** Arrays made since. */
  int made() {
    return resources().size();
  }

  @SuppressWarnings("unchecked")
  private Map<NDArray, NDArray> resources() {
    try {
      Field field = NDScope.class.getDeclaredField("resources");
      field.setAccessible(true);
      return (Map<NDArray, NDArray>) field.get(scope);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("DJL's NDScope has changed", e);
    }
  }

  /** The process holds no file below a directory open. */
  static void assertNoOpenFiles(Path directory) {
    try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
      Path real = directory.toRealPath();
      assertEquals(0, descriptors.filter(fd -> target(fd).startsWith(real)).count());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path target(Path descriptor) {
    try {
      return Files.readSymbolicLink(descriptor);
    } catch (IOException e) {
      return descriptor; // closed since it was listed
    }
  }

  @Override
  public void close() {
    scope.close();
  }
}
