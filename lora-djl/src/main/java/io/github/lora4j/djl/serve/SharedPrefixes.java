// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.serve;

import io.github.lora4j.djl.paged.PrefixCache;

/** What sequences that begin alike share. For the server's thread. */
interface SharedPrefixes {
  /**
   * Begins a sequence with the pages that are known of it, if any.
   *
   * @return how many of its tokens they hold
   */
  int adopt(ServedSequence sequence);

  /** Makes the pages known that a sequence has filled. */
  void publish(ServedSequence sequence);

  /** Forgets what is known under an adapter that leaves the pool. */
  void forget(String adapterKey);

  /** Every sequence has pages of its own. */
  static SharedPrefixes none() {
    return new SharedPrefixes() {
      @Override
      public int adopt(ServedSequence sequence) {
        return 0;
      }

      @Override
      public void publish(ServedSequence sequence) {}

      @Override
      public void forget(String adapterKey) {}
    };
  }

  /** Pages are shared through a cache. */
  static SharedPrefixes through(PrefixCache cache) {
    return new SharedPrefixes() {
      @Override
      public int adopt(ServedSequence sequence) {
        return cache.adopt(sequence.table(), sequence.adapterKey(), sequence.tokens().all());
      }

      @Override
      public void publish(ServedSequence sequence) {
        cache.publish(sequence.table(), sequence.adapterKey(), sequence.tokens().inPages());
      }

      @Override
      public void forget(String adapterKey) {
        cache.forget(adapterKey);
      }
    };
  }
}
