// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject.block;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.nn.Parameter;
import ai.djl.training.ParameterServer;
import ai.djl.training.ParameterStore;
import io.github.lora4j.djl.inject.parameter.Substitute;
import io.github.lora4j.djl.kernel.EngineMode;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Answers another store's values, or what stands for them, during one forward pass.
 *
 * <p>The factors come from the other store too: so DJL's trainer knows them, mirrors them on its
 * devices and updates them.
 */
final class AdaptedStore extends ParameterStore {
  private final ParameterStore store;
  private final StandIns standIns;
  private final NDArray owner;

  AdaptedStore(ParameterStore store, StandIns standIns, NDArray owner) {
    super(store.getManager(), false);
    this.store = store;
    this.standIns = standIns;
    this.owner = owner;
  }

  @Override
  public @Nullable NDArray getValue(
      @Nullable Parameter parameter, Device device, boolean training) {
    if (parameter == null) { // a block asks for the bias that it has not
      return null;
    }
    NDArray base = store.getValue(parameter, device, training);
    Optional<Substitute> standIn = standIns.of(parameter);
    if (standIn.isPresent()) {
      return value(standIn.get(), base, device, training);
    }
    return training && BlockTree.isStatistic(parameter) ? writable(base) : base;
  }

  private NDArray value(Substitute standIn, NDArray base, Device device, boolean training) {
    boolean records = training && EngineMode.isRecording();
    try (EngineMode mode = records ? EngineMode.recording() : EngineMode.inference()) {
      return standIn.value(own -> store.getValue(own, device, training), base, owner);
    }
  }

  /** In training a batch norm writes its statistics, and those of the base are to stay. */
  private NDArray writable(NDArray base) {
    NDArray copy = base.duplicate();
    copy.attach(owner.getManager());
    return copy;
  }

  @Override
  public void setParameterServer(ParameterServer server, Device[] devices) {
    store.setParameterServer(server, devices);
  }

  @Override
  public void updateAllParameters() {
    store.updateAllParameters();
  }

  @Override
  public void sync() {
    store.sync();
  }
}
