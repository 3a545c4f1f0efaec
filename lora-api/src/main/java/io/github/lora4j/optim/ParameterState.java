// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.optim;

import ai.djl.ndarray.types.Shape;
import java.util.List;

/** What is known of one parameter between two steps. */
final class ParameterState {
  final Shape shape;
  final StateFormat format;
  final List<Segment> segments;

  /** How often it was updated. */
  int step;

  ParameterState(Shape shape, StateFormat format, List<Segment> segments) {
    this.shape = shape;
    this.format = format;
    this.segments = segments;
  }
}
