// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import io.github.lora4j.AdapterRows;
import io.github.lora4j.LoraLinear;
import io.github.lora4j.djl.kernel.EngineMode;
import io.github.lora4j.djl.kernel.TorchOps;
import io.github.lora4j.djl.tape.Tape;
import io.github.lora4j.target.AdaptableModule;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A named place in a decoder. The base's own block always stands there; the layer of the low-rank
 * adapters may stand before it, and a copy with other weights in the stead of both.
 */
public final class ModuleSlot {
  private final AdaptableModule module;
  private final ParameterStore store;
  private final TorchOps ops;
  private final OwnParts own = new OwnParts();
  private WeightBlock base;
  private @Nullable LoraLinear lora;
  private @Nullable WeightBlock standIn;

  ModuleSlot(AdaptableModule module, ParameterStore store, TorchOps ops, WeightBlock base) {
    this.module = module;
    this.store = store;
    this.ops = ops;
    this.base = base;
  }

  /**
   * What stands here, by its shape.
   *
   * @return name, kind and sizes
   */
  public AdaptableModule module() {
    return module;
  }

  /**
   * The module's path as its checkpoint names it.
   *
   * @return for example {@code model.layers.0.self_attn.q_proj}
   */
  public String name() {
    return module.name();
  }

  /**
   * The base's own block, whether or not it is in use.
   *
   * @return the block with the base's weights
   */
  public WeightBlock base() {
    return base;
  }

  /**
   * Makes another block the base's own, for good.
   *
   * @param replacement maps the same input to the same output shape
   */
  public void settle(WeightBlock replacement) {
    base = replacement;
  }

  /**
   * The layer of the low-rank adapters before the base.
   *
   * @return the layer, or empty if no adapter has factors here
   */
  public Optional<LoraLinear> lora() {
    return Optional.ofNullable(lora);
  }

  /**
   * Puts a layer of low-rank adapters before the base.
   *
   * @param layer the layer over {@link #base}, or null for none
   */
  public void adapt(@Nullable LoraLinear layer) {
    lora = layer;
  }

  /**
   * Uses a copy with other weights in the stead of the base and its adapters.
   *
   * @param copy the copy, or null for none
   */
  public void standIn(@Nullable WeightBlock copy) {
    standIn = copy;
  }

  /**
   * Remembers an adapter's copy for batches that ask for it on some of their rows.
   *
   * @param adapter the adapter's name
   * @param copy what computes in the stead of the base
   */
  public void own(String adapter, WeightBlock copy) {
    own.put(adapter, copy);
  }

  /**
   * Remembers an adapter's bias for batches that ask for it on some of their rows.
   *
   * @param adapter the adapter's name
   * @param bias what is added in the stead of the base's
   */
  public void own(String adapter, Parameter bias) {
    own.put(adapter, bias);
  }

  /**
   * Forgets what an adapter has here.
   *
   * @param adapter the adapter's name
   */
  public void disown(String adapter) {
    own.remove(adapter);
  }

  /**
   * Gives the adapter of a copy or a bias another name.
   *
   * @param from its name
   * @param to its name from now on
   */
  public void renameOwner(String from, String to) {
    own.rename(from, to);
  }

  /** The weights that some adapters have here: a copy's, or the base's. */
  WeightBlock weights(List<String> adapters) {
    return own.block(adapters).orElse(base);
  }

  /**
   * Whether the rows of a pass want other weights or biases here than are in use. The low-rank
   * factors of adapters are none of these.
   */
  boolean differs(ForwardPass pass) {
    return pass.adapters().ranges().isPresent()
        && (standIn != null || hasBiasReplaced() || own.areIn(pass.adapters()));
  }

  private boolean hasBiasReplaced() {
    return base instanceof Biased biased && biased.bias().isReplaced();
  }

  /** Whether anything trains here, in use or not. */
  boolean trains() {
    return own.trains()
        || ModuleParameters.inUse(this).values().stream().anyMatch(Parameter::requiresGradient);
  }

  /**
   * What is in use here now: the stand-in, or the base with its adapters, or the base.
   *
   * @return the block
   */
  public Block block() {
    if (standIn != null) {
      return standIn;
    }
    return lora == null ? base : lora;
  }

  /**
   * Runs the block in use.
   *
   * @param x its input
   * @param training whether dropout is on
   * @return its output, on the manager of x
   */
  public NDArray forward(NDArray x, boolean training) {
    return block().forward(store, new NDList(x), training).singletonOrThrow();
  }

  /**
   * Runs the block in use as a step of a pass.
   *
   * @param x its input
   * @param pass the batch's pass
   * @return its output, on the manager of x
   */
  public NDArray forward(NDArray x, ForwardPass pass) {
    return forward(x, Optional.empty(), pass);
  }

  /**
   * Runs the block in use as a step of a pass and adds a residual.
   *
   * @param x its input
   * @param residual what is added, of the output's shape; left as it is
   * @param pass the batch's pass
   * @return the sum, on the manager of x
   */
  public NDArray forward(NDArray x, NDArray residual, ForwardPass pass) {
    return forward(x, Optional.of(residual), pass);
  }

  private NDArray forward(NDArray x, Optional<NDArray> residual, ForwardPass pass) {
    if (!EngineMode.isRecording()) {
      Optional<LinearMap> map = linearMap(x, pass);
      if (map.isPresent()) {
        return map.get().step(ops).forward(x, residual, pass.training(), pass.tape());
      }
    }
    NDArray y = plain(x, pass);
    return residual.isPresent() ? add(y, residual.get(), pass.tape()) : y;
  }

  /** The block in use as a linear map of a pass's rows, if it is one for all of them. */
  Optional<LinearMap> linearMap(NDArray x, ForwardPass pass) {
    return differs(pass)
        ? Optional.empty()
        : LinearMap.of(this, pass, Math.toIntExact(x.getShape().get(0)));
  }

  private NDArray plain(NDArray x, ForwardPass pass) {
    if (differs(pass)) {
      return MixedRows.map(
          x, pass, trains(), (rows, adapters) -> ofAdapters(rows, adapters, pass.training()));
    }
    if (!EngineMode.isRecording() && block() instanceof Taped taped) {
      return taped.forward(x, pass.tape());
    }
    return pass.tape().island(x, trains(), input -> recorded(input, pass));
  }

  /** What some adapters compute here, whatever is in use. */
  private NDArray ofAdapters(NDArray x, List<String> adapters, boolean training) {
    Optional<WeightBlock> copy = own.block(adapters);
    if (copy.isPresent()) {
      return copy.get().forward(store, new NDList(x), training).singletonOrThrow();
    }
    return withBias(lowRank(x, adapters, training), adapters);
  }

  private NDArray lowRank(NDArray x, List<String> adapters, boolean training) {
    if (lora == null) {
      return base.forward(store, new NDList(x), training).singletonOrThrow();
    }
    int rows = Math.toIntExact(x.getShape().get(0));
    AdapterRows all = AdapterRows.of(List.of(new AdapterRows.Range(0, rows, adapters)));
    return lora.forward(store, x, all, training);
  }

  /** What was computed with the bias in use, with that of the adapters in its stead. */
  private NDArray withBias(NDArray y, List<String> adapters) {
    if (!(base instanceof Biased biased) || biased.bias().inUse().isEmpty()) {
      return y;
    }
    Parameter used = biased.bias().inUse().get();
    Parameter wanted = own.bias(adapters).or(() -> biased.bias().base()).orElse(used);
    return used == wanted
        ? y
        : y.add(ops.difference().apply(y, wanted.getArray(), used.getArray()));
  }

  private NDArray recorded(NDArray x, ForwardPass pass) {
    return block() instanceof LoraLinear layer
        ? layer.forward(store, x, pass.adapters(), pass.training())
        : forward(x, pass.training());
  }

  private static NDArray add(NDArray y, NDArray residual, Tape tape) {
    NDArray sum = y.add(residual);
    if (tape.tracks(y) || tape.tracks(residual)) {
      tape.record(
          sum,
          (d, t) -> {
            if (t.tracks(y) && t.tracks(residual)) {
              t.give(y, d.duplicate());
              t.give(residual, d);
            } else {
              t.give(t.tracks(y) ? y : residual, d);
            }
          });
    }
    return sum;
  }
}
