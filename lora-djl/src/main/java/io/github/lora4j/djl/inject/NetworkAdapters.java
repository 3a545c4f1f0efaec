// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject;

import ai.djl.nn.Parameter;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.LoraAdapter;
import io.github.lora4j.LoraLinear;
import io.github.lora4j.djl.nn.ModuleSlot;
import io.github.lora4j.djl.nn.Network;
import io.github.lora4j.djl.nn.TableSharing;
import io.github.lora4j.djl.nn.TokenRows;
import io.github.lora4j.djl.nn.WeightBlock;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The adapters in use on a network, as one: their factors add up, while a module that trains in
 * full or a bias is one adapter's.
 *
 * @param adapters the adapters, in the order in which they are added
 */
public record NetworkAdapters(List<NetworkAdapter> adapters) {
  /** Copies the list. */
  public NetworkAdapters {
    adapters = List.copyOf(adapters);
  }

  /**
   * Takes adapters that were put on a network.
   *
   * @param adapters the adapters
   * @return the same as one
   * @throws ConfigurationException if one is no low-rank adapter
   */
  public static NetworkAdapters of(List<InstalledAdapter> adapters) {
    return new NetworkAdapters(adapters.stream().map(NetworkAdapters::lowRank).toList());
  }

  private static NetworkAdapter lowRank(InstalledAdapter adapter) {
    if (adapter.installed() instanceof NetworkAdapter lowRank) {
      return lowRank;
    }
    throw new ConfigurationException(
        "adapter \"%s\" (%s) is no low-rank one: it is in use alone, and saveMerged does not know it; use one adapter at a time, and mergeAndUnload and saveCheckpoint where it can be merged"
            .formatted(adapter.name(), adapter.config().peftType()));
  }

  /**
   * Checks that no two put something of their own into one place.
   *
   * @throws ConfigurationException naming the place
   */
  void requireApart() {
    Map<ModuleSlot, String> owners = new LinkedHashMap<>();
    for (NetworkAdapter adapter : adapters) {
      Set<ModuleSlot> own = new LinkedHashSet<>(adapter.copies().keySet());
      own.addAll(adapter.biases().keySet());
      own.addAll(adapter.rows().keySet());
      for (ModuleSlot slot : own) {
        String other = owners.put(slot, adapter.name());
        if (other != null) {
          throw new ConfigurationException(
              "adapters \"%s\" and \"%s\" both have a weight or bias of their own for \"%s\" and cannot be active together; only low-rank factors add up"
                  .formatted(other, adapter.name(), slot.name()));
        }
      }
    }
  }

  /**
   * Refuses to merge what has no place in the base's weights.
   *
   * @throws ConfigurationException if one has a bias where the base has none
   */
  public void requireMergeable() {
    adapters.forEach(NetworkAdapter::requireMergeable);
  }

  /**
   * The copies of modules that train in full.
   *
   * @return by their place
   */
  public Map<ModuleSlot, WeightBlock> copies() {
    Map<ModuleSlot, WeightBlock> copies = new LinkedHashMap<>();
    adapters.forEach(adapter -> copies.putAll(adapter.copies()));
    return copies;
  }

  /**
   * The rows of tables that they replace.
   *
   * @return by their place; a head that shares its embedding's table has the embedding's
   */
  public Map<ModuleSlot, TokenRows> rows() {
    Map<ModuleSlot, TokenRows> rows = new LinkedHashMap<>();
    adapters.forEach(adapter -> rows.putAll(adapter.rows()));
    return rows;
  }

  /**
   * The rows that they replace, those of a shared table once.
   *
   * @param network the network
   * @return by their place, without a head that follows its embedding
   */
  public Map<ModuleSlot, TokenRows> ownRows(Network network) {
    Map<ModuleSlot, TokenRows> own = rows();
    network
        .tableSharing()
        .filter(TableSharing::ofBase)
        .filter(this::replaceAlike)
        .ifPresent(both -> own.remove(both.head()));
    return own;
  }

  /**
   * Whether the same is replaced of an embedding and of the head that shares its table.
   *
   * @param both the embedding and the head
   * @return true also if nothing is
   */
  public boolean replaceAlike(TableSharing both) {
    return rows().get(both.head()) == rows().get(both.embedding());
  }

  /** Puts into a place what stood there before a merge. */
  void putBack(ModuleSlot slot) {
    slot.standIn(null);
    adapters.forEach(adapter -> adapter.putBack(slot));
  }

  /**
   * The biases of their own, outside the copies.
   *
   * @return by their place
   */
  public Map<ModuleSlot, Parameter> biases() {
    Map<ModuleSlot, Parameter> biases = new LinkedHashMap<>();
    adapters.forEach(adapter -> biases.putAll(adapter.biases()));
    return biases;
  }

  /**
   * The factors in a place.
   *
   * @param slot the place
   * @return in the order in which they are added; none if no adapter has any there
   */
  public List<LoraAdapter> factors(ModuleSlot slot) {
    return slot.lora().map(LoraLinear::adapters).stream()
        .flatMap(
            all ->
                adapters.stream()
                    .filter(a -> all.containsKey(a.name()))
                    .map(a -> all.get(a.name())))
        .toList();
  }
}
