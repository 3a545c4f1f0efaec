// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject;

import io.github.lora4j.ConfigurationException;
import io.github.lora4j.djl.nn.DenseLinear;
import io.github.lora4j.djl.nn.Network;
import io.github.lora4j.djl.nn.TableSharing;
import io.github.lora4j.djl.nn.TokenEmbedding;
import io.github.lora4j.djl.nn.WeightBlock;
import io.github.lora4j.target.AdaptationPlan;
import io.github.lora4j.target.TrainedRows;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * What a network makes of {@code trainable_token_indices}.
 *
 * @param network the network
 */
record RowRules(Network network) {
  /**
   * A head that shares the embedding's table and names the same rows follows the embedding; its
   * rows are not stored again.
   */
  AdaptationPlan settled(AdaptationPlan plan) {
    return tied()
        .filter(
            both -> rowsOf(plan, both.head().name()).equals(rowsOf(plan, both.embedding().name())))
        .map(
            both ->
                plan.withRows(
                    plan.trainedRows().stream()
                        .filter(rows -> !rows.module().name().equals(both.head().name()))
                        .toList()))
        .orElse(plan);
  }

  private Optional<TableSharing> tied() {
    return network.tableSharing().filter(TableSharing::ofBase);
  }

  private static List<Integer> rowsOf(AdaptationPlan plan, String module) {
    return plan.trainedRows().stream()
        .filter(rows -> rows.module().name().equals(module))
        .findFirst()
        .map(TrainedRows::rows)
        .orElse(List.of());
  }

  /** Refuses rows of what is no table here, and adapters on a head that follows. */
  void check(AdaptationPlan plan) {
    plan.trainedRows().forEach(this::requireTable);
    tied()
        .filter(both -> !rowsOf(plan, both.embedding().name()).isEmpty())
        .filter(both -> rowsOf(plan, both.head().name()).isEmpty())
        .ifPresent(both -> requireFree(both, plan));
  }

  private void requireTable(TrainedRows rows) {
    WeightBlock base = network.module(rows.module().name()).base();
    if (!(base instanceof TokenEmbedding || base instanceof DenseLinear)) {
      throw new ConfigurationException(
          "trainable_token_indices: the weight of \"%s\" is no plain table of rows here (%s); load the model with LoadOptions.builder().keepUnquantized(…)"
              .formatted(rows.module().name(), base.getClass().getSimpleName()));
    }
  }

  private static void requireFree(TableSharing both, AdaptationPlan plan) {
    String head = both.head().name();
    boolean taken =
        Stream.concat(
                plan.adapted().stream().map(module -> module.name()),
                plan.saved().stream()
                    .flatMap(saved -> saved.modules().stream())
                    .map(module -> module.name()))
            .anyMatch(head::equals);
    if (taken) {
      throw new ConfigurationException(
          "trainable_token_indices: \"%s\" shares the table of \"%s\" and its rows follow, so it cannot be among target_modules or modules_to_save; leave it out there"
              .formatted(head, both.embedding().name()));
    }
  }
}
