package io.github.lora4j.optim;

import ai.djl.ndarray.types.Shape;
import java.util.LinkedHashMap;
import java.util.Map;

/** The state of all parameters, by name, in pages. */
final class PagedState implements AutoCloseable {
  final PageCache pages;
  private final StateLayout layout;
  private final Map<String, ParameterState> parameters = new LinkedHashMap<>();

  PagedState(PageCache pages) {
    this.pages = pages;
    layout = new StateLayout(pages);
  }

  Map<String, ParameterState> parameters() {
    return parameters;
  }

  /** State of zeros; nothing is kept of it if there is no room. */
  ParameterState create(String name, Shape shape, StateFormat format) {
    ParameterState state = new ParameterState(shape, format, layout.allocate(shape.size(), format));
    parameters.put(name, state);
    return state;
  }

  @Override
  public void close() {
    parameters.clear();
    pages.close();
  }
}
