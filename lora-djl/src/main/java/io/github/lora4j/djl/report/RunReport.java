package io.github.lora4j.djl.report;

import io.github.lora4j.train.FineTuningListener;
import java.util.List;

/** One form in which a run is reported. Closed at its end, however it ends. */
interface RunReport extends FineTuningListener, AutoCloseable {
  /**
   * The model was asked.
   *
   * @param samples all samples, as far as they are known
   */
  default void onSamples(List<Sample> samples) {}

  @Override
  default void close() {}
}
