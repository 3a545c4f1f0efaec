// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.optim;

import ai.djl.Device;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.spi.OptimizerKernels;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** The state of one parameter in two arrays of its shape, FLOAT32. */
final class Moments implements AutoCloseable {
  final NDArray mean;
  final NDArray variance;

  /** How often the parameter was updated. */
  int step;

  private Moments(NDArray mean, NDArray variance) {
    this.mean = mean;
    this.variance = variance;
  }

  static Moments zeros(NDManager owner, Shape shape) {
    return new Moments(owner.zeros(shape), owner.zeros(shape));
  }

  /** The same, with another owner, on its device. */
  Moments moved(NDManager owner) {
    Moments moved = new Moments(moved(mean, owner), moved(variance, owner));
    moved.step = step;
    return moved;
  }

  private static NDArray moved(NDArray array, NDManager owner) {
    Device device = owner.getDevice();
    if (array.getDevice().equals(device)) {
      array.attach(owner);
      return array;
    }
    NDArray there = array.toDevice(device, true);
    there.attach(owner);
    array.close();
    return there;
  }

  ParameterState description() {
    ParameterState state = new ParameterState(mean.getShape(), StateFormat.FLOAT32, List.of());
    state.step = step;
    return state;
  }

  /** Shows both planes, stretch by stretch. */
  void look(String name, OptimizerKernels kernels, StatePlanes.Visitor visitor) throws IOException {
    for (Plane plane : Plane.FLOAT32) {
      NDArray array = of(plane);
      try (NDManager scope = array.getManager().newSubManager()) {
        ArrayValues values = ArrayValues.of(kernels, array, scope);
        for (Part part : parts(array.size())) {
          visitor.visit(name, plane, part.from, values.part(part.from, part.count));
        }
      }
    }
  }

  /** Becomes what was saved. */
  void restore(String name, OptimizerKernels kernels, StateReader saved) {
    step = saved.step(name);
    for (Plane plane : Plane.FLOAT32) {
      NDArray array = of(plane);
      try (NDManager scope = array.getManager().newSubManager()) {
        ArrayValues values = ArrayValues.of(kernels, array, scope);
        for (Part part : parts(array.size())) {
          saved.fill(name, plane, part.from, values.part(part.from, part.count));
        }
        values.writeBack(scope);
      }
    }
  }

  private NDArray of(Plane plane) {
    return plane.equals(Plane.FLOAT32.get(0)) ? mean : variance;
  }

  private static List<Part> parts(long values) {
    List<Part> parts = new ArrayList<>();
    for (long from = 0; from < values; from += ArrayValues.LARGEST_PART) {
      parts.add(new Part(from, (int) Math.min(ArrayValues.LARGEST_PART, values - from)));
    }
    return parts;
  }

  private record Part(long from, int count) {}

  @Override
  public void close() {
    mean.close();
    variance.close();
  }
}
