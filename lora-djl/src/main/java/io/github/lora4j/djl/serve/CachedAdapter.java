// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.serve;

/** An adapter in the pool: who uses it, and since when nobody does. */
final class CachedAdapter {
  private final AdapterEntry entry;
  private int users;
  private long lastUsed;

  /** The pass of the server in which a request stood ready to start under it. */
  private long wantedAt = Long.MIN_VALUE;

  CachedAdapter(AdapterEntry entry, long now) {
    this.entry = entry;
    lastUsed = now;
  }

  AdapterEntry entry() {
    return entry;
  }

  void pin() {
    users++;
  }

  void unpin(long now) {
    users--;
    lastUsed = now;
  }

  boolean isIdle() {
    return users == 0;
  }

  long lastUsed() {
    return lastUsed;
  }

  void want(long pass) {
    wantedAt = pass;
  }

  /** Whether nobody was about to use it in the pass before this one either. */
  boolean isUnwanted(long pass) {
    return wantedAt < pass - 1;
  }
}
