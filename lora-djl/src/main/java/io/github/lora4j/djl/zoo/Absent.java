// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.zoo;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** DJL's criteria have null where nothing was said. */
final class Absent {
  private Absent() {}

  /** The map, empty if there is none. */
  static <V> Map<String, V> asEmpty(@Nullable Map<String, V> map) {
    return map == null ? Map.of() : map;
  }
}
