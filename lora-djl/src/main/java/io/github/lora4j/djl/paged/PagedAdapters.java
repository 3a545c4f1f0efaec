// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.paged;

import ai.djl.ndarray.NDManager;
import io.github.lora4j.LoraAdapter;
import io.github.lora4j.djl.inject.AdapterFile;
import io.github.lora4j.djl.inject.LoraPlaces;
import io.github.lora4j.djl.inject.NetworkHost;
import io.github.lora4j.djl.inject.PlainLoraPlan;
import io.github.lora4j.djl.nn.ModuleSlot;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Adapters whose factors are views of the pool's memory; no other memory holds any. */
final class PagedAdapters implements ResidentAdapters, AutoCloseable {
  private final NetworkHost host;
  private final LoraPlaces places;
  private final PagePool pool;
  private final PageMemory memory;
  private final NDManager manager;
  private final int maxRank;
  private final Map<String, PagedLoading> installed = new HashMap<>();

  /**
   * Begins without adapters.
   *
   * @param host the model, without adapters of its own
   * @param pool the pages
   * @param memory what lies in them
   * @param manager sub-managers of it own the views
   * @param maxRank the largest rank that is taken
   */
  PagedAdapters(
      NetworkHost host, PagePool pool, PageMemory memory, NDManager manager, int maxRank) {
    this.host = host;
    places = new LoraPlaces(host.network());
    this.pool = pool;
    this.memory = memory;
    this.manager = manager;
    this.maxRank = maxRank;
  }

  @Override
  public AdapterSheet inspect(String name, Path directory) {
    try (AdapterFile file = AdapterFile.open(directory)) {
      return new PlannedSheet(
          name,
          directory,
          PlainLoraPlan.of(host, file, directory, maxRank),
          memory.shape().floats());
    }
  }

  @Override
  public Optional<AdapterLoading> reserve(AdapterSheet sheet) {
    if (!(sheet instanceof PlannedSheet planned)) {
      throw new IllegalArgumentException(
          "adapter \"" + sheet.name() + "\" was inspected elsewhere");
    }
    return Placement.take(pool, planned.sizes(), planned.pageFloats())
        .map(
            placement ->
                new PagedLoading(
                    planned,
                    placement,
                    pool,
                    () ->
                        PagedFactors.read(
                            planned, placement, memory, host.network().ops().copyInto(), manager)));
  }

  @Override
  public void install(AdapterLoading loading) {
    String name = loading.sheet().name();
    if (contains(name) || !(loading instanceof PagedLoading paged)) {
      throw new IllegalStateException("an adapter \"" + name + "\" is in the pool already");
    }
    List<LoraAdapter> factors = paged.install().adapters();
    for (int i = 0; i < factors.size(); i++) {
      places.put(slot(paged, i), name, factors.get(i));
    }
    installed.put(name, paged);
  }

  private ModuleSlot slot(PagedLoading loading, int module) {
    return host.network().module(loading.sheet().modules().get(module).name());
  }

  @Override
  public boolean contains(String name) {
    return installed.containsKey(name);
  }

  @Override
  public int pages() {
    return installed.values().stream().mapToInt(PagedLoading::pages).sum();
  }

  @Override
  public void evict(String name) {
    PagedLoading leaving = installed.remove(name);
    if (leaving == null) {
      throw new IllegalStateException("there is no adapter \"" + name + "\" in the pool");
    }
    for (int i = 0; i < leaving.sheet().modules().size(); i++) {
      places.remove(slot(leaving, i), name);
    }
    leaving.evict();
  }

  /** Takes all adapters off the model. */
  @Override
  public void close() {
    List.copyOf(installed.keySet()).forEach(this::evict);
  }
}
