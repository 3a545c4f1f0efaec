// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.serve;

import io.github.lora4j.AdapterException;
import io.github.lora4j.djl.paged.AdapterLoading;
import io.github.lora4j.djl.paged.AdapterSheet;
import io.github.lora4j.djl.paged.PagePool;
import io.github.lora4j.djl.paged.ResidentAdapters;
import io.github.lora4j.djl.paged.SequenceRows;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Adapters that are the last name of their directory and take some pages each. */
final class FakeAdapters implements ResidentAdapters {
  private final PagePool pool;
  private final Map<String, FakeLoading> installed = new HashMap<>();
  private int pages;

  /** How many pages an adapter takes if it is not one. */
  final Map<String, Integer> sizes = new ConcurrentHashMap<>();

  /** Adapters that cannot be inspected. */
  final Set<String> damaged = ConcurrentHashMap.newKeySet();

  /** Adapters that cannot be read. */
  final Set<String> unreadable = ConcurrentHashMap.newKeySet();

  FakeAdapters(PagePool pool) {
    this.pool = pool;
  }

  private record Sheet(String name, String adapter, int rank, int pages) implements AdapterSheet {}

  /** Pages that an adapter has. */
  private final class FakeLoading implements AdapterLoading {
    private final Sheet sheet;
    private final List<Integer> taken;
    private boolean read;

    FakeLoading(Sheet sheet, List<Integer> taken) {
      this.sheet = sheet;
      this.taken = taken;
      pages += taken.size();
    }

    @Override
    public AdapterSheet sheet() {
      return sheet;
    }

    @Override
    public void read() {
      if (unreadable.contains(sheet.adapter())) {
        throw new AdapterException(sheet.adapter() + ": unreadable");
      }
      read = true;
    }

    @Override
    public void close() {
      pages -= taken.size();
      taken.forEach(pool::release);
      taken.clear();
    }
  }

  /** The adapter of rows, which must be installed. */
  String name(String key) {
    if (key.equals(SequenceRows.BASE)) {
      return "";
    }
    if (!contains(key)) {
      throw new AssertionError("rows of an adapter that is not installed: " + key);
    }
    return installed.get(key).sheet.adapter();
  }

  @Override
  public AdapterSheet inspect(String name, Path directory) {
    String adapter = directory.getFileName().toString();
    if (damaged.contains(adapter)) {
      throw new AdapterException(directory + ": damaged");
    }
    return new Sheet(name, adapter, 1, sizes.getOrDefault(adapter, 1));
  }

  @Override
  public Optional<AdapterLoading> reserve(AdapterSheet sheet) {
    List<Integer> taken = new ArrayList<>();
    for (int i = 0; i < sheet.pages(); i++) {
      OptionalInt page = pool.take();
      if (page.isEmpty()) {
        taken.forEach(pool::release);
        return Optional.empty();
      }
      taken.add(page.getAsInt());
    }
    return Optional.of(new FakeLoading((Sheet) sheet, taken));
  }

  @Override
  public void install(AdapterLoading loading) {
    FakeLoading fake = (FakeLoading) loading;
    if (!fake.read || contains(fake.sheet.name())) {
      throw new AssertionError("installed too early or twice: " + fake.sheet);
    }
    installed.put(fake.sheet.name(), fake);
  }

  @Override
  public boolean contains(String name) {
    return installed.containsKey(name);
  }

  @Override
  public int pages() {
    return pages;
  }

  @Override
  public void evict(String name) {
    installed.remove(name).close();
  }
}
