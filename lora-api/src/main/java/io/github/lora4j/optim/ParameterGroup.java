// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.optim;

import io.github.lora4j.ConfigurationException;
import java.util.Objects;
import java.util.OptionalDouble;
import java.util.function.Predicate;

/**
 * Parameters that are stepped in their own way (torch: one dictionary of an optimizer's {@code
 * params}). A parameter belongs to the first group that holds it.
 *
 * @param members tells by a parameter's name whether it belongs to the group
 * @param learningRateFactor what the learning rate is multiplied by, at least 0
 * @param weightDecay the group's weight decay, at least 0; the optimizer's if empty
 */
public record ParameterGroup(
    Predicate<String> members, double learningRateFactor, OptionalDouble weightDecay) {

  /**
   * Checks the numbers.
   *
   * @throws ConfigurationException if one is below 0 or no number
   */
  public ParameterGroup {
    Objects.requireNonNull(members, "members");
    SettingCheck.notNegative("ParameterGroup: learningRateFactor", learningRateFactor);
    weightDecay.ifPresent(value -> SettingCheck.notNegative("ParameterGroup: weightDecay", value));
  }

  /**
   * Parameters with the optimizer's learning rate and no weight decay, by custom biases and norms.
   *
   * @param members tells by a parameter's name whether it belongs to the group
   * @return the group
   */
  public static ParameterGroup withoutDecay(Predicate<String> members) {
    return new ParameterGroup(members, 1, OptionalDouble.of(0));
  }

  /**
   * Parameters with a multiple of the optimizer's learning rate and the optimizer's weight decay,
   * as B in LoRA+ (Hayou et al., 2024).
   *
   * @param factor at least 0
   * @param members tells by a parameter's name whether it belongs to the group
   * @return the group
   */
  public static ParameterGroup withLearningRate(double factor, Predicate<String> members) {
    return new ParameterGroup(members, factor, OptionalDouble.empty());
  }
}
