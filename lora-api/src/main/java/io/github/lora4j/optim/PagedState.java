// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.optim;

import ai.djl.ndarray.types.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The state of all parameters, by name, in pages. */
final class PagedState implements StatePlanes, AutoCloseable {
  final PageCache pages;
  private final StateLayout layout;
  private final Map<String, ParameterState> parameters = new LinkedHashMap<>();

  /** Room of parameters that are gone. */
  private final List<ParameterState> free = new ArrayList<>();

  PagedState(PageCache pages) {
    this.pages = pages;
    layout = new StateLayout(pages);
  }

  @Override
  public Map<String, ParameterState> parameters() {
    return parameters;
  }

  @Override
  public void look(Visitor visitor) throws IOException {
    try (Frame spare = new Frame(pages.pageSize())) {
      for (Map.Entry<String, ParameterState> entry : parameters.entrySet()) {
        StateFormat format = entry.getValue().format;
        for (Segment segment : entry.getValue().segments) {
          List<ByteBuffer> bytes = segment.planes(pages.look(segment.page(), spare), format);
          for (int i = 0; i < bytes.size(); i++) {
            visitor.visit(entry.getKey(), format.planes().get(i), segment.from(), bytes.get(i));
          }
        }
      }
    }
  }

  /** Makes a parameter's state of what was saved. */
  void restore(String name, Shape shape, StateFormat format, StateReader saved) {
    ParameterState state = create(name, shape, format);
    state.step = saved.step(name);
    for (Segment segment : state.segments) {
      List<ByteBuffer> bytes = segment.planes(pages.use(segment.page()), format);
      for (int i = 0; i < bytes.size(); i++) {
        saved.fill(name, format.planes().get(i), segment.from(), bytes.get(i));
      }
    }
  }

  /** State of zeros; nothing is kept of it if there is no room. */
  ParameterState create(String name, Shape shape, StateFormat format) {
    List<Segment> segments =
        reused(shape.size(), format).orElseGet(() -> layout.allocate(shape.size(), format));
    ParameterState state = new ParameterState(shape, format, segments);
    parameters.put(name, state);
    return state;
  }

  private Optional<List<Segment>> reused(long values, StateFormat format) {
    Optional<ParameterState> room =
        free.stream()
            .filter(gone -> gone.shape.size() == values && gone.format == format)
            .findFirst();
    room.ifPresent(free::remove);
    room.ifPresent(gone -> gone.segments.forEach(segment -> zero(segment, format)));
    return room.map(gone -> gone.segments);
  }

  private void zero(Segment segment, StateFormat format) {
    for (ByteBuffer plane : segment.planes(pages.use(segment.page()), format)) {
      plane.put(new byte[plane.remaining()]);
    }
  }

  /** Drops a parameter's state, if there is any. */
  void remove(String name) {
    ParameterState gone = parameters.remove(name);
    if (gone != null) {
      free.add(gone);
    }
  }

  @Override
  public void close() {
    parameters.clear();
    free.clear();
    pages.close();
  }
}
