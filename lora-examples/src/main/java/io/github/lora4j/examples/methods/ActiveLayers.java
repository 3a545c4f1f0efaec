// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.methods;

import ai.djl.ndarray.types.Shape;
import ai.djl.nn.Parameter;
import ai.djl.util.Pair;
import io.github.lora4j.CausalLm;
import io.github.lora4j.train.FineTuningListener;
import io.github.lora4j.train.StepReport;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Follows which layers train, and how much that is. */
final class ActiveLayers implements FineTuningListener {
  private static final Pattern LAYER = Pattern.compile("\\.h\\.(\\d+)\\.");

  private final CausalLm model;
  private final List<Turn> turns = new ArrayList<>();

  ActiveLayers(CausalLm model) {
    this.model = model;
  }

  @Override
  public void onStep(StepReport report) {
    TreeSet<Integer> layers = new TreeSet<>();
    long parameters = 0;
    for (Pair<String, Parameter> pair : model.getBlock().getParameters()) {
      if (pair.getValue().requiresGradient()) {
        parameters += pair.getValue().getShape().size();
        Matcher layer = LAYER.matcher(pair.getKey());
        if (layer.find()) {
          layers.add(Integer.parseInt(layer.group(1)));
        }
      }
    }
    Turn turn = new Turn(report.step(), List.copyOf(layers), parameters);
    if (turns.isEmpty() || !turns.get(turns.size() - 1).layers().equals(turn.layers())) {
      turns.add(turn);
    }
  }

  /** In order; a turn ends where the next one begins. */
  List<Turn> turns() {
    return turns;
  }

  long mostParameters() {
    return turns.stream().mapToLong(Turn::parameters).max().orElse(0);
  }

  /** All of the model's. */
  long allParameters() {
    return model.getBlock().getParameters().values().stream()
        .map(Parameter::getShape)
        .mapToLong(Shape::size)
        .sum();
  }

  /** Some layers from a step on. */
  record Turn(int step, List<Integer> layers, long parameters) {}
}
