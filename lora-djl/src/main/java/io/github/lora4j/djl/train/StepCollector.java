// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.training.GradientCollector;
import io.github.lora4j.djl.kernel.EngineMode;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;

/**
 * The stretch between forward and backward that DJL's training loop opens and closes. Each forward
 * pass leaves a backward pass here, which is due when DJL asks for it.
 */
final class StepCollector implements GradientCollector {
  private final NDManager manager;
  private final Runnable zeroGradients;
  private final Runnable onClose;
  private final EngineMode mode = EngineMode.recording();
  private final Deque<Consumer<NDArray>> due = new ArrayDeque<>();

  /**
   * Opens the stretch.
   *
   * @param manager owns what the passes hold; closed at the end
   * @param zeroGradients forgets the gradients
   * @param onClose called at the end
   */
  StepCollector(NDManager manager, Runnable zeroGradients, Runnable onClose) {
    this.manager = manager;
    this.zeroGradients = zeroGradients;
    this.onClose = onClose;
  }

  /** Owns what the passes hold. */
  NDManager manager() {
    return manager;
  }

  /** Leaves a backward pass that is to be given the loss. */
  void leave(Consumer<NDArray> backward) {
    due.add(backward);
  }

  /** Goes from a recorded loss back to the leaves of its graph. */
  static void backwardInto(NDArray loss) {
    SegmentChain.backward(loss, loss.getManager().ones(loss.getShape()));
  }

  @Override
  public void backward(NDArray target) {
    Consumer<NDArray> next = due.poll();
    if (next == null) {
      throw new IllegalStateException("backward: no forward pass of this collector is due");
    }
    next.accept(target);
  }

  @Override
  public void zeroGradients() {
    zeroGradients.run();
  }

  @Override
  public void close() {
    onClose.run();
    mode.close();
    manager.close();
  }
}
