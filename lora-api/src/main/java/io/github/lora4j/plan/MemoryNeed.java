// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.plan;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;

/**
 * What a fine-tuning takes at its peak.
 *
 * @param bytes by part; a part that is not in the map takes nothing
 * @param optimizerStateOnDisk bytes of the optimizer's state that lie in a file
 */
public record MemoryNeed(Map<MemoryPart, Long> bytes, long optimizerStateOnDisk) {
  /** Copies the map. */
  public MemoryNeed {
    EnumMap<MemoryPart, Long> copy = new EnumMap<>(MemoryPart.class);
    copy.putAll(bytes);
    bytes = Collections.unmodifiableMap(copy);
  }

  /**
   * What one part takes.
   *
   * @param part the part
   * @return its bytes
   */
  public long bytes(MemoryPart part) {
    return bytes.getOrDefault(part, 0L);
  }

  /**
   * What all takes together.
   *
   * @return bytes of memory; what lies on disk is not in it
   */
  public long total() {
    return bytes.values().stream().mapToLong(Long::longValue).sum();
  }
}
