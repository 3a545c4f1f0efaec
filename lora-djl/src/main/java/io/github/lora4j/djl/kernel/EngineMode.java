// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.kernel;

import ai.djl.pytorch.jni.JniUtils;

/**
 * The calling thread's engine settings for one stretch of work: whether a graph is recorded, and no
 * re-optimisation of TorchScript for every new shape.
 *
 * <p>Both are thread-local in libtorch. Used with try-with-resources.
 */
public final class EngineMode implements AutoCloseable {
  private final boolean recordedBefore;

  private EngineMode(boolean record) {
    recordedBefore = JniUtils.isGradMode();
    JniUtils.setGradMode(record);
    JniUtils.setGraphExecutorOptimize(false);
  }

  /**
   * Operators record what their derivatives need.
   *
   * @return the mode, closed to restore the one before
   */
  public static EngineMode recording() {
    return new EngineMode(true);
  }

  /**
   * Operators record nothing.
   *
   * @return the mode, closed to restore the one before
   */
  public static EngineMode inference() {
    return new EngineMode(false);
  }

  /**
   * Whether operators of the calling thread record what their derivatives need.
   *
   * @return true if libtorch's graph is being recorded
   */
  public static boolean isRecording() {
    return JniUtils.isGradMode();
  }

  @Override
  public void close() {
    JniUtils.setGradMode(recordedBefore);
  }
}
