// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject;

import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.djl.format.TensorEntry;
import io.github.lora4j.peft.PeftTensor;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * One adapter on a model. Nothing of it is in use until {@link #activate}; the base's own weights
 * are never written. Owns its arrays.
 */
public interface InstalledAdapter extends StoredAdapter, AutoCloseable {
  /**
   * The adapter's name.
   *
   * @return the name
   */
  String name();

  @Override
  default Optional<TensorEntry> ownEntry(String name, PeftTensor tensor) {
    return Optional.ofNullable(trained().get(tensor))
        .map(parameter -> TensorEntry.of(name, parameter.getArray()));
  }

  /**
   * The adapter as it is stored for the base as it is.
   *
   * @return this, unless it works over a base of its own
   */
  default StoredAdapter converted() {
    return this;
  }

  /**
   * How many of the parameters that train stand in the place of the base's own, and so add nothing
   * to the model's size.
   *
   * @return the number of elements
   */
  default long replacedParameters() {
    return 0;
  }

  /**
   * The parameters that train.
   *
   * @return by what they are, in the order of the plan
   */
  Map<PeftTensor, Parameter> trained();

  /**
   * Merges this adapter, which is in use.
   *
   * @param host the model it is on
   * @param parent a sub-manager of it owns the merged weights
   * @return the merge, in force
   * @throws ConfigurationException if an adapter of this kind cannot be merged
   */
  default Merge merge(AdapterHost host, NDManager parent) {
    return host.merge(List.of(this), parent);
  }

  /**
   * Gives it another name.
   *
   * @param name free on this model
   */
  void rename(String name);

  /**
   * The adapter as the host made it, without what its kind put around it.
   *
   * @return this, if a kind says nothing else
   */
  default InstalledAdapter installed() {
    return this;
  }

  /**
   * What it does in each step of a training.
   *
   * @param runLength the steps of the training, if they are known
   * @return the hook, to be closed by the caller at the training's end; empty if it does nothing
   * @throws ConfigurationException if a training of that length cannot be
   */
  default Optional<StepHook> stepHook(OptionalInt runLength) {
    return Optional.empty();
  }

  /** Uses this adapter, beside others that {@link AdapterHost#requireTogether} let pass. */
  void activate();

  /** Uses this adapter no longer; others in use stay so. */
  void deactivate();

  /**
   * Checks that it can apply to some rows of a batch and not to others.
   *
   * @throws ConfigurationException if it cannot
   */
  default void requireRowWise() {
    throw new ConfigurationException(
        "adapter \"%s\" (%s) applies to whole batches; in a mixed batch use low-rank adapters"
            .formatted(name(), config().peftType()));
  }

  /**
   * Checks that it has nothing but low-rank factors, so that it can train beside others in one
   * batch.
   *
   * @throws ConfigurationException if it has more
   */
  default void requireFactorsAlone() {
    throw new ConfigurationException(
        "adapter \"%s\" (%s) is more than low-rank factors and cannot train in a batch with others; train it alone, or without biases, rows of tables and modulesToSave"
            .formatted(name(), config().peftType()));
  }

  /**
   * Freezes or unfreezes its parameters.
   *
   * @param trains whether they train
   */
  default void setTrainable(boolean trains) {
    trained().values().forEach(parameter -> parameter.freeze(!trains));
  }

  /** Takes the adapter off the model and frees it; another one in use stays so. */
  @Override
  void close();
}
