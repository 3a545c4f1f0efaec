// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.serve.tenant;

import java.util.List;

/**
 * One of those who share a server.
 *
 * @param name in logs
 * @param adapters the adapters it may see and use; all may use the base
 * @param administrator whether it may load and unload adapters and read the metrics
 */
public record Tenant(String name, List<NamePattern> adapters, boolean administrator) {
  private static final Tenant ANYONE = new Tenant("anyone", List.of(new NamePattern("*")), true);

  /** Copies the list. */
  public Tenant {
    adapters = List.copyOf(adapters);
  }

  /**
   * Everyone, where no keys are asked for.
   *
   * @return a tenant that may do everything
   */
  public static Tenant anyone() {
    return ANYONE;
  }

  /**
   * Whether it may see and use an adapter.
   *
   * @param adapter its name
   * @return true if it may
   */
  public boolean mayUse(String adapter) {
    return adapters.stream().anyMatch(pattern -> pattern.matches(adapter));
  }
}
