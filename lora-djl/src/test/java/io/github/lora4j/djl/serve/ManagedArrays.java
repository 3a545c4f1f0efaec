// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.serve;

import ai.djl.ndarray.BaseNDManager;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import java.lang.reflect.Field;
import java.util.Map;

/** Counts the arrays that a manager and those below it own, whatever thread made them. */
final class ManagedArrays {
  private ManagedArrays() {}

  static long count(NDManager manager) {
    return resources(manager).values().stream().mapToLong(ManagedArrays::weight).sum();
  }

  private static long weight(AutoCloseable resource) {
    if (resource instanceof NDManager below) {
      return count(below);
    }
    return resource instanceof NDArray ? 1 : 0;
  }

  @SuppressWarnings("unchecked")
  private static Map<String, AutoCloseable> resources(NDManager manager) {
    try {
      Field field = BaseNDManager.class.getDeclaredField("resources");
      field.setAccessible(true);
      return (Map<String, AutoCloseable>) field.get(manager);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("DJL's BaseNDManager has changed", e);
    }
  }
}
