// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.serve.tenant;

import java.security.MessageDigest;
import java.util.List;
import java.util.Optional;

/**
 * The keys that open a server. What is compared are hashes, all of them and in constant time, so
 * that the time of an answer says nothing about a key.
 */
public final class ApiKeys implements Access {
  private final List<Entry> entries;

  /**
   * A tenant's key.
   *
   * @param hash of the key
   * @param tenant whose it is
   */
  record Entry(KeyHash hash, Tenant tenant) {}

  ApiKeys(List<Entry> entries) {
    this.entries = List.copyOf(entries);
  }

  @Override
  public Optional<Tenant> tenant(Optional<String> key) {
    byte[] presented = KeyHash.of(key.orElse("")).bytes();
    Optional<Tenant> found = Optional.empty();
    for (Entry entry : entries) {
      if (MessageDigest.isEqual(presented, entry.hash().bytes())) {
        found = Optional.of(entry.tenant());
      }
    }
    return found;
  }

  @Override
  public boolean needsKey() {
    return true;
  }
}
