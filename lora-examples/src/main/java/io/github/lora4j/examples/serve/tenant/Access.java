// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.serve.tenant;

import java.util.Optional;

/** Who may come in. */
public interface Access {
  /**
   * Finds out who is asking.
   *
   * @param key the key of the request, or empty if it has none
   * @return the tenant, or empty if the key is nobody's
   */
  Optional<Tenant> tenant(Optional<String> key);

  /**
   * Whether a key is needed.
   *
   * @return true if requests without a key are refused
   */
  boolean needsKey();

  /**
   * Everyone may come in, as {@link Tenant#anyone()}.
   *
   * @return the access
   */
  static Access open() {
    return new Access() {
      @Override
      public Optional<Tenant> tenant(Optional<String> key) {
        return Optional.of(Tenant.anyone());
      }

      @Override
      public boolean needsKey() {
        return false;
      }
    };
  }
}
