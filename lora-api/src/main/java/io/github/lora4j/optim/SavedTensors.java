// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.optim;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Which tensors the state of parameters is saved as: NAME.step and NAME.PLANE. */
final class SavedTensors {
  static final String STEP = "step";
  static final String STEP_TYPE = "I64";

  private SavedTensors() {}

  static String name(String parameter, String plane) {
    return parameter + "." + plane;
  }

  /** The tensors in the order of their bytes: wide elements first, so that each is aligned. */
  static Map<String, StateTensor> of(Map<String, ParameterState> parameters) {
    record Entry(String name, String type, int width, List<Long> shape) {}
    List<Entry> entries = new ArrayList<>();
    parameters.forEach(
        (name, state) -> {
          entries.add(new Entry(name(name, STEP), STEP_TYPE, Long.BYTES, List.of()));
          for (Plane plane : state.format.planes()) {
            entries.add(
                new Entry(
                    name(name, plane.name()), plane.type(), plane.width(), shape(plane, state)));
          }
        });
    entries.sort(Comparator.comparingInt((Entry entry) -> -entry.width()));
    Map<String, StateTensor> tensors = new LinkedHashMap<>();
    long begin = 0;
    for (Entry entry : entries) {
      long elements = entry.shape().stream().reduce(1L, (a, b) -> a * b);
      long end = begin + elements * entry.width();
      tensors.put(entry.name(), new StateTensor(entry.type(), entry.shape(), begin, end));
      begin = end;
    }
    return tensors;
  }

  private static List<Long> shape(Plane plane, ParameterState state) {
    if (plane.perBlock()) {
      return List.of(plane.elements(state.shape.size()));
    }
    List<Long> shape = new ArrayList<>();
    for (long size : state.shape.getShape()) {
      shape.add(size);
    }
    return shape;
  }
}
