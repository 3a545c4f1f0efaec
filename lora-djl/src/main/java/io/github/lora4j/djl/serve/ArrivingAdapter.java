// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.serve;

import io.github.lora4j.djl.paged.AdapterLoading;
import io.github.lora4j.djl.paged.AdapterSheet;
import java.time.Duration;
import java.util.Optional;

/** An adapter on its way into the pool: it is inspected, finds pages, is read. */
final class ArrivingAdapter {
  private final AdapterEntry entry;
  private final long start = System.nanoTime();
  private Optional<AdapterSheet> sheet = Optional.empty();
  private Optional<AdapterLoading> loading = Optional.empty();

  ArrivingAdapter(AdapterEntry entry) {
    this.entry = entry;
  }

  AdapterEntry entry() {
    return entry;
  }

  void inspected(AdapterSheet found) {
    sheet = Optional.of(found);
  }

  void reserved(AdapterLoading pages) {
    loading = Optional.of(pages);
  }

  /** What it is, if it is known and there is no room for it yet. */
  Optional<AdapterSheet> homeless() {
    return loading.isEmpty() ? sheet : Optional.empty();
  }

  /** Its pages, if it has some. */
  Optional<AdapterLoading> loading() {
    return loading;
  }

  Duration elapsed() {
    return Duration.ofNanos(System.nanoTime() - start);
  }
}
