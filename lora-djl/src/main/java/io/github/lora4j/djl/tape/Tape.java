// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.tape;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDScope;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What one forward pass leaves for its backward pass: its steps, and the arrays they need again.
 *
 * <p>A value is an NDArray by its identity. The tape owns what its steps keep and the gradients on
 * their way; each is freed as soon as the walk back is past it, all of them when the tape is
 * closed. Not for several threads.
 */
public final class Tape implements AutoCloseable {
  /** Notes nothing: for passes that are not walked back. */
  public static final Tape NONE = new Tape(false, false);

  private final boolean recording;
  private final boolean shortLived;
  private final Deque<Step> steps = new ArrayDeque<>();
  private final Set<NDArray> tracked = Collections.newSetFromMap(new IdentityHashMap<>());
  private final IdentityHashMap<NDArray, Integer> kept = new IdentityHashMap<>();
  private final IdentityHashMap<NDArray, NDArray> gradients = new IdentityHashMap<>();
  private @Nullable NDArray borrowed;

  private Tape(boolean recording, boolean shortLived) {
    this.recording = recording;
    this.shortLived = shortLived;
  }

  /**
   * A tape that is walked back after the whole model went forward.
   *
   * @return an empty tape
   */
  public static Tape ofWholePass() {
    return new Tape(true, false);
  }

  /**
   * A tape of a few layers that is walked back at once, so that costly things may be held from the
   * forward to the backward half of a step.
   *
   * @return an empty tape
   */
  public static Tape ofSegment() {
    return new Tape(true, true);
  }

  /**
   * Whether steps are noted at all.
   *
   * @return false for {@link #NONE}
   */
  public boolean isRecording() {
    return recording;
  }

  /**
   * Whether a dequantised weight should be held until its backward half.
   *
   * @return true if that follows soon
   */
  public boolean isShortLived() {
    return shortLived;
  }

  /**
   * Makes an array the pass's input. It stays its owner's to close.
   *
   * @param input the array
   * @param learns whether its gradient is wanted
   */
  public void begin(NDArray input, boolean learns) {
    borrowed = input;
    if (learns) {
      tracked.add(input);
    }
  }

  /**
   * Whether a value's gradient will be asked for.
   *
   * @param value a value of this pass
   * @return true if something at or below it trains
   */
  public boolean tracks(NDArray value) {
    return tracked.contains(value);
  }

  /**
   * Whether a step needs an array again.
   *
   * @param array an array of this pass
   * @return true if the tape will close it
   */
  public boolean keeps(NDArray array) {
    return kept.containsKey(array);
  }

  /**
   * Notes a step whose output has a gradient to pass on.
   *
   * @param output what it gave
   * @param backward its backward half
   * @param needed the arrays that the backward half reads, which become the tape's; no weights
   */
  public void record(NDArray output, Backward backward, NDArray... needed) {
    record(output, backward, () -> {}, needed);
  }

  /**
   * Notes a step that holds something besides arrays.
   *
   * @param output what it gave
   * @param backward its backward half
   * @param release frees what is held, once the step is walked back or given up
   * @param needed the arrays that the backward half reads, which become the tape's; no weights
   */
  public void record(NDArray output, Backward backward, Runnable release, NDArray... needed) {
    if (!recording) {
      throw new IllegalStateException("this tape notes nothing; ask whether it tracks a value");
    }
    tracked.add(output);
    for (NDArray array : needed) {
      if (array != borrowed) {
        NDScope.unregister(array);
        kept.merge(array, 1, Integer::sum);
      }
    }
    steps.push(new Step(output, backward, release, List.of(needed)));
  }

  /**
   * Runs a piece that libtorch differentiates: the gradients of its parameters are added by
   * libtorch, that of its input comes onto this tape.
   *
   * @param x the input
   * @param trains whether the piece has a parameter that trains
   * @param piece the piece, run with its graph recorded
   * @return its output, without a graph
   */
  public NDArray island(NDArray x, boolean trains, UnaryOperator<NDArray> piece) {
    if (!recording || (!tracks(x) && !trains)) {
      return piece.apply(x);
    }
    Island island = Island.run(x, tracks(x), piece);
    NDArray output = island.output();
    record(output, island::backward, island.input(), island.recorded());
    return output;
  }

  /**
   * The gradient that a value has so far, to be added to in place.
   *
   * @param value a value of this pass
   * @return the gradient, or empty if none has come yet
   */
  public Optional<NDArray> gradient(NDArray value) {
    return Optional.ofNullable(gradients.get(value));
  }

  /**
   * Adds to a value's gradient.
   *
   * @param value an input of the step that runs
   * @param gradient what to add, same shape; becomes the tape's. The array that {@link #gradient}
   *     gave means that it was added to in place
   */
  public void give(NDArray value, NDArray gradient) {
    NDArray before = gradients.get(value);
    if (before == gradient || !tracks(value)) {
      return;
    }
    if (before == null) {
      NDScope.unregister(gradient);
      gradients.put(value, gradient);
    } else {
      before.addi(gradient);
    }
  }

  /**
   * Walks back. The tape is empty afterwards.
   *
   * @param output the pass's output
   * @param gradient its gradient, same shape; closed here
   * @param input the pass's input
   * @return the gradient of the input, the caller's to close; empty if the input does not learn, or
   *     nothing depends on it
   */
  public Optional<NDArray> backward(NDArray output, NDArray gradient, NDArray input) {
    gradients.put(output, gradient);
    while (!steps.isEmpty()) {
      walkBack(steps.pop());
    }
    Optional<NDArray> inputGradient = Optional.ofNullable(gradients.remove(input));
    close();
    return inputGradient;
  }

  private void walkBack(Step step) {
    NDArray gradient = gradients.remove(step.output);
    try (NDScope scope = new NDScope()) {
      if (gradient != null) {
        step.backward.run(gradient, this);
      }
    } finally {
      if (gradient != null && !gradients.containsValue(gradient)) {
        gradient.close();
      }
      release(step);
    }
  }

  private void release(Step step) {
    step.release.run();
    for (NDArray array : step.needed) {
      if (array != borrowed && kept.merge(array, -1, Integer::sum) == 0) {
        kept.remove(array);
        array.close();
      }
    }
  }

  /** Frees what the steps keep, walked back or not. */
  @Override
  public void close() {
    while (!steps.isEmpty()) {
      release(steps.pop());
    }
    gradients.values().forEach(NDArray::close);
    gradients.clear();
    tracked.clear();
  }

  private record Step(NDArray output, Backward backward, Runnable release, List<NDArray> needed) {}
}
