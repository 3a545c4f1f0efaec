// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import io.github.lora4j.djl.kernel.RowOps;
import io.github.lora4j.djl.nn.DenseLinear;
import io.github.lora4j.djl.nn.ModuleSlot;
import io.github.lora4j.djl.nn.Network;
import io.github.lora4j.djl.nn.TableSharing;
import io.github.lora4j.djl.nn.TokenEmbedding;
import io.github.lora4j.djl.nn.TokenRows;
import io.github.lora4j.djl.nn.TokenRowsEmbedding;
import io.github.lora4j.djl.nn.TokenRowsLinear;
import io.github.lora4j.djl.nn.WrappedBlock;
import io.github.lora4j.peft.PeftTensor;
import io.github.lora4j.target.TrainedRows;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * The rows of a network's tables that one adapter replaces (PEFT: {@code TrainableTokensWrapper}).
 * A head that shares its embedding's table follows the embedding, unless it has rows of its own.
 */
final class ReplacedRows {
  private final Network network;
  private final RowOps ops;
  private final Map<ModuleSlot, TokenRows> bySlot = new LinkedHashMap<>();
  private final Map<ModuleSlot, WrappedBlock> blocks = new LinkedHashMap<>();
  private final Map<PeftTensor, Parameter> trained = new LinkedHashMap<>();

  /**
   * Starts without rows.
   *
   * @param network the network
   */
  ReplacedRows(Network network) {
    this.network = network;
    ops = new RowOps(network.ops());
  }

  /**
   * Replaces the rows that a plan names.
   *
   * @param plan which
   * @param adapter the adapter's name
   * @param source where their values come from
   * @param manager owns them
   */
  void add(List<TrainedRows> plan, String adapter, FactorSource source, NDManager manager) {
    for (TrainedRows planned : plan) {
      ModuleSlot slot = network.module(planned.module().name());
      TokenRows rows = new TokenRows(ops, planned.rows(), values(planned, slot, source, manager));
      trained.put(planned.tensor(), rows.values());
      put(slot, rows, block(slot, rows, adapter));
    }
    network
        .tableSharing()
        .filter(TableSharing::ofBase)
        .filter(both -> bySlot.containsKey(both.embedding()))
        .filter(both -> !bySlot.containsKey(both.head()))
        .ifPresent(both -> follow(both, adapter));
  }

  private NDArray values(
      TrainedRows planned, ModuleSlot slot, FactorSource source, NDManager manager) {
    NDArray table = slot.base().getDirectParameters().get("weight").getArray();
    try (NDArray own = TokenRows.of(ops, table, planned.rows(), manager)) {
      return source.own(manager, planned.tensor(), own);
    }
  }

  private WrappedBlock block(ModuleSlot slot, TokenRows rows, String adapter) {
    return slot.base() instanceof TokenEmbedding embedding
        ? new TokenRowsEmbedding(embedding, rows, adapter)
        : TokenRowsLinear.of(network.ops(), (DenseLinear) slot.base(), rows, adapter);
  }

  private void follow(TableSharing both, String adapter) {
    TokenRows rows = Objects.requireNonNull(bySlot.get(both.embedding()));
    DenseLinear head = (DenseLinear) both.head().base();
    put(both.head(), rows, TokenRowsLinear.following(network.ops(), head, rows, adapter));
  }

  private void put(ModuleSlot slot, TokenRows rows, WrappedBlock block) {
    bySlot.put(slot, rows);
    blocks.put(slot, block);
  }

  /** The rows by their place; a head that follows has its embedding's. */
  Map<ModuleSlot, TokenRows> bySlot() {
    return Collections.unmodifiableMap(bySlot);
  }

  /** What stands in a place while the adapter is in use. */
  Optional<WrappedBlock> block(ModuleSlot slot) {
    return Optional.ofNullable(blocks.get(slot));
  }

  /** What trains. */
  Map<PeftTensor, Parameter> trained() {
    return trained;
  }

  void rename(String adapter) {
    blocks.values().forEach(block -> block.rename(adapter));
  }

  void activate() {
    blocks.forEach(ModuleSlot::standIn);
  }

  void deactivate() {
    blocks.keySet().forEach(slot -> slot.standIn(null));
  }
}
