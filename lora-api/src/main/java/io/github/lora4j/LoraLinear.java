// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.index.NDIndex;
import ai.djl.ndarray.types.Shape;
import ai.djl.nn.AbstractBlock;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.nn.ParameterList;
import ai.djl.nn.norm.Dropout;
import ai.djl.training.ParameterStore;
import ai.djl.util.PairList;
import io.github.lora4j.peft.TensorRole;
import io.github.lora4j.spi.LowRankUpdate;
import io.github.lora4j.variant.VariantInput;
import java.util.Collections;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A linear layer with low-rank adapters: {@code y = base(x) + Σ scaling · (dropout(x) Aᵀ) Bᵀ} over
 * the active adapters, {@code y = base(x)} when none is active (Hu et al., 2021; PEFT: {@code
 * lora.Linear}). {@link AdapterRows} gives rows of one batch adapters of their own.
 *
 * <p>The base is any block that maps (..., in) to (..., out), dense or quantised. It is used as it
 * is; freezing it is the caller's part. The adapters are owned by this layer, the base is not.
 *
 * <p>Alone, as a DJL block:
 *
 * <pre>{@code
 * LoraLinear layer = new LoraLinear(linear, 768, 768);
 * layer.put("default", LoraAdapter.zero(manager, 8, 768, 768, 2.0, 0f));
 * layer.activate("default");
 * }</pre>
 */
public final class LoraLinear extends AbstractBlock implements AutoCloseable {
  private final Block base;
  private final int in;
  private final int out;
  private final LowRankUpdate update;
  private final Map<String, LoraAdapter> adapters = new LinkedHashMap<>();
  private List<LoraAdapter> active = List.of();
  private @Nullable NDArray baseWeightBeforeMerge;

  /**
   * A layer on the portable operators.
   *
   * @param base maps (..., in) to (..., out)
   * @param in inputs
   * @param out outputs
   */
  public LoraLinear(Block base, int in, int out) {
    this(base, in, out, LowRankUpdate.PORTABLE);
  }

  /**
   * A layer on given operators.
   *
   * @param base maps (..., in) to (..., out)
   * @param in inputs
   * @param out outputs
   * @param update how the update is added
   */
  @SuppressWarnings("this-escape")
  public LoraLinear(Block base, int in, int out, LowRankUpdate update) {
    this.base = addChildBlock("base", base);
    this.in = in;
    this.out = out;
    this.update = update;
    inputShapes = new Shape[] {new Shape(-1, in)};
    inputNames = Collections.singletonList("x");
  }

  /**
   * Adds an adapter, which becomes this layer's to close; not yet active.
   *
   * @param name its name
   * @param adapter factors of this layer's shape
   * @throws ConfigurationException if the name is taken or the shape does not fit
   */
  public void put(String name, LoraAdapter adapter) {
    if (adapters.containsKey(name)) {
      throw new ConfigurationException("LoraLinear: an adapter \"" + name + "\" exists already");
    }
    Shape a = adapter.a().getShape();
    Shape b = adapter.b().getShape();
    if (a.get(1) != in || b.get(0) != out) {
      throw new ConfigurationException(
          "LoraLinear: adapter \""
              + name
              + "\" has A "
              + a
              + " and B "
              + b
              + ", but the layer maps "
              + in
              + " to "
              + out);
    }
    adapters.put(name, adapter);
  }

  /**
   * Removes and closes an adapter.
   *
   * @param name its name
   * @throws IllegalStateException if it is merged into the base
   */
  public void remove(String name) {
    LoraAdapter adapter = adapters.get(name);
    if (adapter == null) {
      return;
    }
    if (active.contains(adapter)) {
      deactivate(name);
    }
    adapters.remove(name);
    adapter.close();
  }

  /**
   * Gives an adapter another name.
   *
   * @param from its name
   * @param to its name from now on
   * @throws ConfigurationException if the new name is taken
   */
  public void rename(String from, String to) {
    if (adapters.containsKey(to)) {
      throw new ConfigurationException("LoraLinear: an adapter \"" + to + "\" exists already");
    }
    Map<String, LoraAdapter> before = new LinkedHashMap<>(adapters);
    adapters.clear();
    before.forEach((name, adapter) -> adapters.put(name.equals(from) ? to : name, adapter));
  }

  /**
   * Makes adapters the active ones; their updates are added (PEFT: {@code set_adapter}).
   *
   * @param names their names; those that this layer lacks count for nothing here
   * @throws IllegalStateException if an adapter is merged into the base
   */
  public void activate(String... names) {
    requireNotMerged();
    active = named(List.of(names));
  }

  private List<LoraAdapter> named(List<String> names) {
    return names.stream().map(adapters::get).filter(Objects::nonNull).toList();
  }

  /**
   * Makes an adapter active beside those that are.
   *
   * @param name its name; counts for nothing if this layer lacks it
   * @throws IllegalStateException if an adapter is merged into the base
   */
  public void activateBeside(String name) {
    requireNotMerged();
    Stream<LoraAdapter> added = named(List.of(name)).stream().filter(a -> !active.contains(a));
    active = Stream.concat(active.stream(), added).toList();
  }

  /**
   * Makes one adapter inactive; others stay active.
   *
   * @param name its name
   * @throws IllegalStateException if an adapter is merged into the base
   */
  public void deactivate(String name) {
    requireNotMerged();
    LoraAdapter adapter = adapters.get(name);
    active = active.stream().filter(other -> other != adapter).toList();
  }

  /**
   * Leaves no adapter active: the layer computes its base.
   *
   * @throws IllegalStateException if an adapter is merged into the base
   */
  public void deactivate() {
    activate();
  }

  /**
   * The adapters by name, in the order they were added.
   *
   * @return an unmodifiable view
   */
  public Map<String, LoraAdapter> adapters() {
    return Collections.unmodifiableMap(adapters);
  }

  /**
   * The active adapters.
   *
   * @return the adapters, in the order they were named
   */
  public List<LoraAdapter> active() {
    return active;
  }

  /**
   * What applies to a batch, beside the base.
   *
   * @param rows which adapters apply where
   * @param count how many rows the batch has
   * @return each adapter that this layer has, with its rows; nothing while merged
   */
  public List<AppliedAdapter> applied(AdapterRows rows, int count) {
    if (isMerged()) {
      return List.of();
    }
    if (rows.ranges().isEmpty()) {
      return active.stream().map(adapter -> new AppliedAdapter(adapter, 0, count)).toList();
    }
    return rows.ranges().get().stream()
        .flatMap(
            range ->
                named(range.adapters()).stream()
                    .map(adapter -> new AppliedAdapter(adapter, range.from(), range.to())))
        .toList();
  }

  /**
   * The layer without its adapters.
   *
   * @return the base block
   */
  public Block base() {
    return base;
  }

  /**
   * How an adapter's update is added.
   *
   * @return the operators this layer was made with
   */
  public LowRankUpdate update() {
    return update;
  }

  /**
   * Inputs of the layer.
   *
   * @return the last dimension of x
   */
  public int inFeatures() {
    return in;
  }

  /**
   * Outputs of the layer.
   *
   * @return the last dimension of y
   */
  public int outFeatures() {
    return out;
  }

  /**
   * Whether the active adapters are merged into the base's weight.
   *
   * @return true between {@link #merge} and {@link #unmerge}
   */
  public boolean isMerged() {
    return baseWeightBeforeMerge != null;
  }

  /**
   * Makes the base's weight the one that computes base and active adapters together; the weight as
   * it was is kept for {@link #unmerge}. Does nothing without an active adapter or when merged
   * already.
   *
   * @throws IllegalStateException if the base has no parameter named {@code weight}, or an active
   *     adapter changes more than it
   */
  public void merge() {
    if (active.isEmpty() || isMerged()) {
      return;
    }
    requireWeightOnly();
    NDArray weight = baseWeight();
    NDArray kept = weight.duplicate();
    for (LoraAdapter adapter : active) {
      try (NDArray merged = adapter.merged(weight, weight.getManager())) {
        writing(weight, () -> weight.set(new NDIndex(":"), merged));
      }
    }
    baseWeightBeforeMerge = kept;
  }

  /** Puts the base's weight back, bit for bit as it was before {@link #merge}. */
  public void unmerge() {
    NDArray kept = baseWeightBeforeMerge;
    if (kept == null) {
      return;
    }
    NDArray weight = baseWeight();
    writing(weight, () -> weight.set(new NDIndex(":"), kept));
    kept.close();
    baseWeightBeforeMerge = null;
  }

  /** Leaves a merged weight as it is and forgets the one before; the adapters are closed. */
  public void keepMerged() {
    if (baseWeightBeforeMerge != null) {
      baseWeightBeforeMerge.close();
      baseWeightBeforeMerge = null;
    }
    close();
  }

  /**
   * Writes into the weight's own memory, which other arrays may share; {@code copyTo} would give it
   * other memory. An engine does not let a weight that trains be written over.
   */
  private static void writing(NDArray weight, Runnable write) {
    boolean trains = weight.hasGradient();
    if (trains) {
      weight.setRequiresGradient(false);
    }
    write.run();
    if (trains) {
      weight.setRequiresGradient(true);
    }
  }

  private NDArray baseWeight() {
    Parameter weight = base.getDirectParameters().get("weight");
    if (weight == null) {
      throw new IllegalStateException(
          "LoraLinear: the base "
              + base.getClass().getSimpleName()
              + " has no parameter \"weight\"");
    }
    return weight.getArray();
  }

  private void requireWeightOnly() {
    if (active.stream().anyMatch(adapter -> adapter.variant().changesBias())) {
      throw new IllegalStateException(
          "LoraLinear: an active adapter has a bias of its own (lora_bias), which a merged weight cannot hold; leave it apart");
    }
  }

  private void requireNotMerged() {
    if (isMerged()) {
      throw new IllegalStateException(
          "LoraLinear: an adapter is merged into the base; call unmerge() first");
    }
  }

  @Override
  protected NDList forwardInternal(
      ParameterStore store,
      NDList inputs,
      boolean training,
      @Nullable PairList<String, Object> params) {
    return new NDList(forward(store, inputs.singletonOrThrow(), AdapterRows.ACTIVE, training));
  }

  /**
   * Computes with the adapters that rows call for.
   *
   * @param store gives the factors
   * @param x the input, shape (..., in); (rows, in) where rows differ in their adapters
   * @param rows which adapters apply where
   * @param training whether dropout is on
   * @return shape (..., out), on the manager of {@code x}
   */
  public NDArray forward(ParameterStore store, NDArray x, AdapterRows rows, boolean training) {
    NDArray y = base.forward(store, new NDList(x), training).singletonOrThrow();
    if (rows.ranges().isEmpty()) {
      return isMerged() ? y : sum(store, x, y, active, training);
    }
    List<AppliedAdapter> applied = applied(rows, Math.toIntExact(x.getShape().get(0)));
    return applied.isEmpty()
        ? y
        : RowPieces.map(x, y, applied, (xs, ys, here) -> sum(store, xs, ys, here, training));
  }

  private NDArray sum(
      ParameterStore store, NDArray x, NDArray y, List<LoraAdapter> added, boolean training) {
    NDArray sum = y;
    for (LoraAdapter adapter : added) {
      sum = add(store, x, sum, adapter, training);
    }
    return sum;
  }

  private NDArray add(
      ParameterStore store, NDArray x, NDArray y, LoraAdapter adapter, boolean training) {
    NDArray a = store.getValue(adapter.a(), x.getDevice(), training);
    NDArray b = store.getValue(adapter.b(), x.getDevice(), training);
    NDArray dropped = x;
    if (training && adapter.dropout() > 0) {
      dropped = Dropout.dropout(x, adapter.dropout(), true).singletonOrThrow();
    }
    Map<TensorRole, NDArray> own = new EnumMap<>(TensorRole.class);
    adapter
        .variant()
        .parameters()
        .forEach((role, p) -> own.put(role, store.getValue(p, x.getDevice(), training)));
    VariantInput input = new VariantInput(x, dropped, y, a, b, adapter.scale(), own, update);
    return adapter.variant().forward(input);
  }

  @Override
  public ParameterList getDirectParameters() {
    ParameterList list = new ParameterList();
    adapters.forEach(
        (name, adapter) ->
            adapter
                .parameters()
                .forEach((role, parameter) -> list.add(role.memoryName(name), parameter)));
    return list;
  }

  @Override
  public Shape[] getOutputShapes(Shape[] shapes) {
    Shape x = shapes[0];
    return new Shape[] {x.slice(0, x.dimension() - 1).add(out)};
  }

  @Override
  protected void initializeChildBlocks(
      NDManager manager, ai.djl.ndarray.types.DataType dataType, Shape... shapes) {
    base.initialize(manager, dataType, shapes);
  }

  /** Closes the adapters; the base stays open. */
  @Override
  public void close() {
    active = List.of();
    adapters.values().forEach(LoraAdapter::close);
    adapters.clear();
  }
}
