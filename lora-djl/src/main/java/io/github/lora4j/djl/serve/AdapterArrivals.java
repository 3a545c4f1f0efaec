// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.serve;

import io.github.lora4j.AdapterException;
import io.github.lora4j.djl.paged.AdapterLoading;
import io.github.lora4j.djl.paged.AdapterSheet;
import io.github.lora4j.djl.paged.PagePool;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Brings adapters into the pool when requests are about to need them: the loader inspects one,
 * pages are found for it, the loader reads it into them. For the server's thread.
 */
final class AdapterArrivals implements AdapterLoader.Receiver, AutoCloseable {
  /** So many are on their way at once: enough that the loader always has work. */
  private static final int MOST = 8;

  /** Whether a request may start under its adapter. */
  enum Readiness {
    /** It is in the pool. */
    READY,
    /** It is on its way. */
    LOADING,
    /** It waits for room that others have. */
    NO_ROOM
  }

  private final AdapterCache cache;
  private final AdapterLoader loader;
  private final PagePool pool;
  private final ServerEvents events;
  private final Map<AdapterEntry, ArrivingAdapter> arriving = new LinkedHashMap<>();

  /** Not told yet. */
  private final Map<AdapterEntry, RuntimeException> failures = new HashMap<>();

  AdapterArrivals(AdapterCache cache, AdapterLoader loader, PagePool pool, ServerEvents events) {
    this.cache = cache;
    this.loader = loader;
    this.pool = pool;
    this.events = events;
  }

  /**
   * Begins a pass of the server: takes what the loader has done, and finds room.
   *
   * @param isQuiet whether no request has pages
   * @return the adapters that cannot be loaded, and why, for those that wait now
   */
  Map<AdapterEntry, RuntimeException> beginPass(boolean isQuiet) {
    loader.deliver(this);
    findRoom(isQuiet);
    Map<AdapterEntry, RuntimeException> told = Map.copyOf(failures);
    failures.clear();
    return told;
  }

  private void findRoom(boolean isQuiet) {
    for (ArrivingAdapter next : List.copyOf(arriving.values())) {
      if (next.homeless().isPresent() && !findRoom(next, isQuiet)) {
        // Those behind it do not take what it waits for.
        return;
      }
    }
  }

  /** Returns whether it has pages now, or never will. */
  private boolean findRoom(ArrivingAdapter adapter, boolean isQuiet) {
    AdapterSheet sheet = adapter.homeless().orElseThrow();
    Optional<AdapterLoading> pages = cache.reserve(sheet);
    if (pages.isPresent()) {
      adapter.reserved(pages.get());
      loader.read(adapter.entry(), pages.get());
      return true;
    }
    boolean alone = isQuiet && cache.size() == 0 && !holdPages();
    if (alone || sheet.pages() > pool.pages()) {
      failed(adapter.entry(), tooLarge(adapter.entry(), sheet));
      return true;
    }
    return false;
  }

  /** Whether adapters that are being read have pages, which nobody can take from them. */
  boolean holdPages() {
    return arriving.values().stream().anyMatch(adapter -> adapter.loading().isPresent());
  }

  private AdapterException tooLarge(AdapterEntry entry, AdapterSheet sheet) {
    return new AdapterException(
        "%s: the adapter \"%s\" takes %d pages, but the pool has %d; raise poolBytes"
            .formatted(entry.directory(), entry.name(), sheet.pages(), pool.pages()));
  }

  /** Whether a request may start under an adapter; if it cannot yet, the adapter is sent for. */
  Readiness require(AdapterEntry entry) {
    if (cache.wants(entry)) {
      return Readiness.READY;
    }
    ArrivingAdapter known = arriving.get(entry);
    if (known != null) {
      return known.homeless().isPresent() ? Readiness.NO_ROOM : Readiness.LOADING;
    }
    if (arriving.size() >= MOST) {
      return isShortOfRoom() ? Readiness.NO_ROOM : Readiness.LOADING;
    }
    arriving.put(entry, new ArrivingAdapter(entry));
    loader.inspect(entry);
    return Readiness.LOADING;
  }

  private boolean isShortOfRoom() {
    return arriving.values().stream().anyMatch(adapter -> adapter.homeless().isPresent());
  }

  @Override
  public void inspected(AdapterEntry entry, AdapterSheet sheet) {
    get(entry).inspected(sheet);
  }

  @Override
  public void read(AdapterEntry entry) {
    ArrivingAdapter adapter = get(entry);
    cache.install(entry, adapter.loading().orElseThrow());
    arriving.remove(entry);
    events.tell(listener -> listener.adapterLoaded(entry.name(), adapter.elapsed()));
  }

  @Override
  public void failed(AdapterEntry entry, RuntimeException cause) {
    get(entry).loading().ifPresent(AdapterLoading::close);
    arriving.remove(entry);
    failures.put(entry, cause);
  }

  private ArrivingAdapter get(AdapterEntry entry) {
    return Objects.requireNonNull(arriving.get(entry));
  }

  /** Ends the loader and gives the pages back of what it has read. */
  @Override
  public void close() {
    loader.close();
    arriving.values().forEach(adapter -> adapter.loading().ifPresent(AdapterLoading::close));
    arriving.clear();
  }
}
