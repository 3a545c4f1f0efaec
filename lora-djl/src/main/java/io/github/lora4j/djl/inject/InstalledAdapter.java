package io.github.lora4j.djl.inject;

import ai.djl.nn.Parameter;
import io.github.lora4j.LoraConfig;
import io.github.lora4j.djl.format.TensorEntry;
import io.github.lora4j.peft.PeftTensor;
import io.github.lora4j.target.AdaptationPlan;
import java.util.Map;
import java.util.Objects;

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
   * What it adapts.
   *
   * @return the plan
   */
  AdaptationPlan plan();

  /**
   * The configuration as it is to be stored.
   *
   * @return the configuration
   */
  default LoraConfig config() {
    return plan().config();
  }

  /**
   * The parameters that train.
   *
   * @return by what they are, in the order of the plan
   */
  Map<PeftTensor, Parameter> trained();

  /**
   * One of {@link #trained} as its file holds it.
   *
   * @param entry its name in the file
   * @param tensor which one
   * @return the entry
   */
  default TensorEntry entry(String entry, PeftTensor tensor) {
    return TensorEntry.of(entry, Objects.requireNonNull(trained().get(tensor)).getArray());
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
