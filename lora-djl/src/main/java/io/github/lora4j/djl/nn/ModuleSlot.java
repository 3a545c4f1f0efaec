package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterStore;
import io.github.lora4j.LoraLinear;
import io.github.lora4j.djl.kernel.EngineMode;
import io.github.lora4j.djl.kernel.TorchOps;
import io.github.lora4j.djl.tape.Tape;
import io.github.lora4j.target.AdaptableModule;
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

  /** The block in use as a linear map of a pass's rows, if it is one. */
  Optional<LinearMap> linearMap(NDArray x, ForwardPass pass) {
    return LinearMap.of(this, pass, Math.toIntExact(x.getShape().get(0)));
  }

  private NDArray plain(NDArray x, ForwardPass pass) {
    if (!EngineMode.isRecording() && block() instanceof Taped taped) {
      return taped.forward(x, pass.tape());
    }
    boolean trains =
        ModuleParameters.inUse(this).values().stream().anyMatch(Parameter::requiresGradient);
    return pass.tape().island(x, trains, input -> recorded(input, pass));
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
