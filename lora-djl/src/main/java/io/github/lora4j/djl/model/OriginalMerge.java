// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.util.Pair;
import com.google.gson.JsonObject;
import io.github.lora4j.CheckpointException;
import io.github.lora4j.LoraAdapter;
import io.github.lora4j.MergeReport;
import io.github.lora4j.MergeReport.MergedWeight;
import io.github.lora4j.djl.arch.CheckpointWeights;
import io.github.lora4j.djl.arch.ModelFamily;
import io.github.lora4j.djl.format.Checkpoint;
import io.github.lora4j.djl.format.HuggingFaceConfig;
import io.github.lora4j.djl.format.RoundingError;
import io.github.lora4j.djl.format.StoredTensor;
import io.github.lora4j.djl.format.StoredType;
import io.github.lora4j.djl.format.TensorEntry;
import io.github.lora4j.djl.inject.NetworkAdapters;
import io.github.lora4j.djl.inject.SafeMerge;
import io.github.lora4j.djl.kernel.PyTorchEngine;
import io.github.lora4j.djl.nn.ModuleSlot;
import io.github.lora4j.djl.nn.Network;
import io.github.lora4j.djl.nn.TableSharing;
import io.github.lora4j.djl.nn.TokenRows;
import io.github.lora4j.djl.nn.WeightBlock;
import io.github.lora4j.djl.nn.WeightOrder;
import io.github.lora4j.djl.quant.QuantizationConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * Adds adapters to the checkpoint that their base was made from. Each tensor is read, added to and
 * written before the next, in its own type; those that do not change are copied.
 */
final class OriginalMerge {
  private final Network network;
  private final NetworkAdapters adapters;
  private final ModelFamily family;
  private final NDManager parent;
  private final List<MergedWeight> report = new ArrayList<>();

  OriginalMerge(Network network, NetworkAdapters adapters, ModelFamily family, NDManager parent) {
    this.network = network;
    this.adapters = adapters;
    this.family = family;
    this.parent = parent;
  }

  MergeReport write(Path original, Path target) {
    requireApart(original, target);
    adapters.requireMergeable();
    HuggingFaceConfig config = HuggingFaceConfig.read(original);
    if (config.has(QuantizationConfig.FIELD)) {
      throw config.error(
          QuantizationConfig.FIELD,
          "is there: the checkpoint is quantised itself; expected the one it was made from");
    }
    try (Checkpoint checkpoint = Checkpoint.open(original);
        NDManager manager = parent.newSubManager()) {
      Changes changes =
          new Changes(
              new CheckpointWeights(checkpoint, family, QuantizationConfig.format(config)),
              manager);
      network.modules().forEach(changes::add);
      changes.untieFromCopiedTable();
      changes.addSharedBias();
      List<TensorEntry> entries = new ArrayList<>();
      for (String name : checkpoint.names()) {
        TensorEntry changed = changes.byName.remove(name);
        entries.add(changed == null ? TensorEntry.of(checkpoint.tensor(name)) : changed);
      }
      entries.addAll(changes.byName.values());
      CheckpointFiles.write(original, target, entries, json -> untie(json, changes.untied));
    }
    return new MergeReport(report);
  }

  private static void requireApart(Path original, Path target) {
    if (original.toAbsolutePath().normalize().equals(target.toAbsolutePath().normalize())) {
      throw new CheckpointException(
          "%s: is the original itself; choose another directory for the merged checkpoint"
              .formatted(target));
    }
  }

  private static void untie(JsonObject config, boolean untied) {
    if (untied) {
      config.addProperty("tie_word_embeddings", false);
    }
  }

  /** The tensors that differ from the original's, by the names they have there. */
  private final class Changes {
    private final CheckpointWeights weights;
    private final NDManager manager;
    private final Map<String, TensorEntry> byName = new LinkedHashMap<>();
    private boolean untied;

    Changes(CheckpointWeights weights, NDManager manager) {
      this.weights = weights;
      this.manager = manager;
    }

    void add(ModuleSlot slot) {
      WeightBlock copy = adapters.copies().get(slot);
      if (copy != null) {
        for (Pair<String, Parameter> pair : copy.getDirectParameters()) {
          replace(slot, pair.getKey(), pair.getValue().getArray());
        }
        return;
      }
      TokenRows rows = adapters.ownRows(network).get(slot);
      if (rows != null) {
        put(slot, "weight", slot.module().weightShape(), stored -> replaced(stored, rows));
      }
      Parameter bias = adapters.biases().get(slot);
      if (bias != null) {
        replace(slot, "bias", bias.getArray());
      }
      List<LoraAdapter> factors = adapters.factors(slot);
      if (!factors.isEmpty()) {
        addTo(slot, factors);
      }
    }

    private NDArray replaced(NDArray stored, TokenRows rows) {
      try (stored) {
        return rows.in(stored, manager);
      }
    }

    private void addToBias(ModuleSlot slot, NDArray delta) {
      Parameter own = adapters.biases().get(slot);
      if (own == null) {
        put(slot, "bias", delta.getShape(), stored -> stored.addi(delta));
      } else {
        replace(slot, "bias", delta.addi(own.getArray()));
      }
    }

    private void addTo(ModuleSlot slot, List<LoraAdapter> factors) {
      SafeMerge.biasDelta(factors, manager).ifPresent(delta -> addToBias(slot, delta));
      Shape shape = slot.module().weightShape();
      WeightOrder order = WeightOrder.of(slot.module());
      put(slot, "weight", order.stored(shape), stored -> merged(stored, factors, order));
    }

    private NDArray merged(NDArray stored, List<LoraAdapter> factors, WeightOrder order) {
      try (NDArray weight = order.turned(stored)) {
        return order.turned(SafeMerge.unchecked(weight, factors, manager));
      }
    }

    private void replace(ModuleSlot slot, String parameter, NDArray value) {
      WeightOrder order = WeightOrder.of(slot.module(), parameter);
      put(slot, parameter, order.stored(value.getShape()), stored -> instead(stored, value, order));
    }

    private NDArray instead(NDArray stored, NDArray value, WeightOrder order) {
      try (NDArray turned = order.turned(value.duplicate())) {
        network.ops().copyInto().apply(stored, turned).close();
      }
      return stored;
    }

    private void put(
        ModuleSlot slot, String parameter, Shape shape, UnaryOperator<NDArray> change) {
      String name = slot.name() + "." + parameter;
      StoredTensor stored = original(name);
      if (!stored.shape().equals(shape)) {
        throw new CheckpointException(
            "%s: tensor \"%s\" has shape %s, but the adapted model has %s; is this the checkpoint the model was made from?"
                .formatted(stored.location(), stored.name(), stored.shape(), shape));
      }
      for (String written : writtenNames(name, stored)) {
        byName.put(
            written,
            TensorEntry.computed(
                written, shape, stored.type(), () -> changed(written, stored, change)));
      }
    }

    private List<String> writtenNames(String name, StoredTensor stored) {
      List<String> names = family.writtenNames(name);
      if (names.size() > 1) {
        return names;
      }
      return weights.find(name).isPresent() ? List.of(stored.name()) : names;
    }

    /** A tied head's weight is the embedding's table, until the head changes alone. */
    private StoredTensor original(String name) {
      Optional<StoredTensor> own = weights.find(name);
      Optional<TableSharing> tied = tiedTable().filter(both -> name.equals(both.headWeight()));
      if (tied.isPresent()) {
        untied = true;
        return own.orElseGet(() -> require(tied.get().embedding().name() + ".weight"));
      }
      return own.orElseGet(() -> require(name));
    }

    private Optional<TableSharing> tiedTable() {
      return network.tableSharing().filter(TableSharing::ofBase);
    }

    private StoredTensor require(String name) {
      return weights
          .find(name)
          .orElseThrow(
              () ->
                  new CheckpointException(
                      "%s: tensor \"%s\" is missing; is this the checkpoint the model was made from?"
                          .formatted(weights.origin(name), name)));
    }

    /** Where the table alone trained, the tied head keeps what the table was. */
    void untieFromCopiedTable() {
      tiedTable()
          .filter(both -> changesAlone(both))
          .map(TableSharing::headWeight)
          .filter(name -> !byName.containsKey(name))
          .ifPresent(name -> byName.put(name, TensorEntry.of(name, original(name))));
    }

    private boolean changesAlone(TableSharing both) {
      return adapters.copies().containsKey(both.embedding()) || !adapters.replaceAlike(both);
    }

    /** The bias that a tied head shares with its map is written for both, as an untied one has. */
    void addSharedBias() {
      if (untied) {
        network
            .tableSharing()
            .map(TableSharing::head)
            .filter(head -> head.module().bias())
            .map(head -> head.name() + ".bias")
            .ifPresent(
                bias ->
                    family
                        .writtenNames(bias)
                        .forEach(
                            name ->
                                byName.putIfAbsent(name, TensorEntry.of(name, original(bias)))));
      }
    }

    private NDArray changed(String name, StoredTensor stored, UnaryOperator<NDArray> change) {
      PyTorchEngine.trimMemory(stored.size()); // of the tensor before
      NDArray exact = change.apply(stored.toFloat32(manager));
      StoredType type = stored.type();
      RoundingError error = RoundingError.of(exact, type);
      if (!Double.isFinite(error.max())) {
        exact.close();
        throw new CheckpointException(
            "%s: tensor \"%s\" plus the adapter's update does not fit into its type %s; is the adapter damaged?"
                .formatted(stored.location(), stored.name(), type));
      }
      report.add(new MergedWeight(name, exact.size(), error.max(), error.rms()));
      return exact;
    }
  }
}
