package io.github.lora4j.djl.inject;

import ai.djl.ndarray.NDManager;
import ai.djl.nn.Parameter;
import io.github.lora4j.AdapterConfig;
import io.github.lora4j.djl.format.TensorEntry;
import io.github.lora4j.peft.PeftTensor;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One adapter on a model. Nothing of it is in use until {@link #activate}; the base's own weights
 * are never written. Owns its arrays.
 */
public interface InstalledAdapter extends AutoCloseable {
  /**
   * The adapter's name.
   *
   * @return the name
   */
  String name();

  /**
   * The configuration as it is to be stored.
   *
   * @return the configuration
   */
  AdapterConfig config();

  /**
   * The tensors of its file.
   *
   * @return each once, in the file's order
   */
  List<PeftTensor> storedTensors();

  /**
   * What a file holds of a tensor of its own.
   *
   * @param name the tensor's name in the file
   * @param tensor one of {@link #storedTensors}
   * @return the entry, or empty if the value is the base's
   */
  default Optional<TensorEntry> ownEntry(String name, PeftTensor tensor) {
    return Optional.ofNullable(trained().get(tensor))
        .map(parameter -> TensorEntry.of(name, parameter.getArray()));
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
   * @throws io.github.lora4j.ConfigurationException if an adapter of this kind cannot be merged
   */
  default Merge merge(AdapterHost host, NDManager parent) {
    return host.merge(this, parent);
  }

  /** Uses this adapter; no other one may be in use. */
  void activate();

  /** Leaves the base alone in use. */
  void deactivate();

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
