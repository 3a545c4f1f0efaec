// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.serve.tenant;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicBoolean;

/** How many requests a tenant has at once. Safe for use by several threads. */
public final class ConcurrencyLimit {
  private final int most;
  private final ConcurrentMap<String, Integer> running = new ConcurrentHashMap<>();

  /**
   * Creates the limit.
   *
   * @param most for each tenant
   */
  public ConcurrencyLimit(int most) {
    this.most = most;
  }

  /**
   * Counts a request, if there is room for it.
   *
   * @param tenant whose request
   * @return whether it was counted
   */
  public boolean enter(Tenant tenant) {
    AtomicBoolean entered = new AtomicBoolean();
    running.compute(
        tenant.name(),
        (name, count) -> {
          int before = count == null ? 0 : count;
          entered.set(before < most);
          return entered.get() ? Integer.valueOf(before + 1) : count;
        });
    return entered.get();
  }

  /**
   * Counts a request out.
   *
   * @param tenant whose request
   */
  public void leave(Tenant tenant) {
    running.computeIfPresent(tenant.name(), (name, count) -> count == 1 ? null : count - 1);
  }
}
