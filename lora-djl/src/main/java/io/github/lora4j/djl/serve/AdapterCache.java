// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.serve;

import io.github.lora4j.djl.paged.AdapterLoading;
import io.github.lora4j.djl.paged.AdapterSheet;
import io.github.lora4j.djl.paged.ResidentAdapters;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * Which adapters are in the pool: they stay while requests run under them, and afterwards until the
 * room is needed, the one used longest ago first. For the server's thread.
 */
final class AdapterCache implements AutoCloseable {
  private final ResidentAdapters pool;
  private final ServerEvents events;
  private final Consumer<String> onEvict;
  private final Map<AdapterEntry, CachedAdapter> cached = new HashMap<>();
  private long pass;
  private long clock;

  /**
   * Starts without adapters.
   *
   * @param pool where they lie
   * @param events told of what comes and goes
   * @param onEvict told the key of each that leaves
   */
  AdapterCache(ResidentAdapters pool, ServerEvents events, Consumer<String> onEvict) {
    this.pool = pool;
    this.events = events;
    this.onEvict = onEvict;
  }

  /** Begins a pass of the server: lets go of what was removed. */
  void beginPass() {
    pass++;
    cached.values().stream()
        .filter(adapter -> adapter.isIdle() && adapter.entry().isRemoved())
        .toList()
        .forEach(this::remove);
  }

  /**
   * Whether an adapter is in the pool. If so, it does not make room for another that arrives in
   * this pass or the next.
   */
  boolean wants(AdapterEntry entry) {
    CachedAdapter adapter = cached.get(entry);
    if (adapter != null) {
      adapter.want(pass);
    }
    return adapter != null;
  }

  /** Takes pages for an adapter, those of adapters that nobody wants if need be. */
  Optional<AdapterLoading> reserve(AdapterSheet sheet) {
    Optional<AdapterLoading> pages = pool.reserve(sheet);
    while (pages.isEmpty() && evict(adapter -> adapter.isUnwanted(pass))) {
      pages = pool.reserve(sheet);
    }
    return pages;
  }

  /** An adapter that was read is used from now on. */
  void install(AdapterEntry entry, AdapterLoading loading) {
    pool.install(loading);
    CachedAdapter adapter = new CachedAdapter(entry, clock++);
    adapter.want(pass);
    cached.put(entry, adapter);
  }

  /** A request starts under an adapter that is in the pool. */
  void pin(AdapterEntry entry) {
    get(entry).pin();
  }

  /** A request runs under it no more. */
  void unpin(AdapterEntry entry) {
    get(entry).unpin(clock++);
  }

  private CachedAdapter get(AdapterEntry entry) {
    CachedAdapter adapter = cached.get(entry);
    if (adapter == null) {
      throw new IllegalStateException("adapter " + entry.name() + " is not in the pool");
    }
    return adapter;
  }

  /**
   * Takes the adapter that was used longest ago out of the pool, if nobody uses it.
   *
   * @return whether there was one
   */
  boolean evictIdle() {
    return evict(adapter -> true);
  }

  private boolean evict(Predicate<CachedAdapter> condition) {
    Optional<CachedAdapter> oldest =
        cached.values().stream()
            .filter(adapter -> adapter.isIdle() && condition.test(adapter))
            .min(Comparator.comparingLong(CachedAdapter::lastUsed));
    oldest.ifPresent(
        adapter -> {
          remove(adapter);
          events.tell(listener -> listener.adapterEvicted(adapter.entry().name()));
        });
    return oldest.isPresent();
  }

  private void remove(CachedAdapter adapter) {
    cached.remove(adapter.entry());
    pool.evict(adapter.entry().key());
    onEvict.accept(adapter.entry().key());
  }

  /** How many adapters are in the pool. */
  int size() {
    return cached.size();
  }

  @Override
  public void close() {
    cached.values().stream().toList().forEach(this::remove);
  }
}
