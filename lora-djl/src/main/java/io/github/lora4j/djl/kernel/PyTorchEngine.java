// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.kernel;

import ai.djl.Device;
import ai.djl.engine.Engine;
import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDManager;
import io.github.lora4j.ConfigurationException;

/** The engine this implementation runs on. */
public final class PyTorchEngine {
  private static final String NAME = "PyTorch";
  private static final long WORTH_TRIMMING = 1 << 20;

  static {
    MallocThresholds.raise();
  }

  private PyTorchEngine() {}

  /**
   * A manager of its own on a device.
   *
   * @param device where its arrays lie
   * @return the manager, to be closed by the caller
   * @throws ConfigurationException if the engine or its native library is not there; the message
   *     names the artifacts to add
   */
  public static NDManager newManager(Device device) {
    return require().newBaseManager(device);
  }

  /**
   * Gives memory that closed arrays took back to the system. For work on one large weight after the
   * other: the raised thresholds would keep every hole that the next weight does not fit into.
   *
   * @param elements of the array that was closed; nothing is done for a small one
   */
  public static void trimMemory(long elements) {
    if (elements >= WORTH_TRIMMING) {
      MallocThresholds.trim();
    }
  }

  private static Engine require() {
    if (!Engine.hasEngine(NAME)) {
      throw new ConfigurationException(
          "DJL's PyTorch engine is not on the class path; add ai.djl.pytorch:pytorch-engine and"
              + " ai.djl.pytorch:pytorch-jni, which io.github.lora4j:lora-djl brings unless they"
              + " are excluded");
    }
    try {
      return Engine.getEngine(NAME);
    } catch (EngineException e) {
      throw new ConfigurationException(
          "libtorch could not be loaded: "
              + e.getMessage()
              + "; for a CPU on Linux x86-64 add"
              + " ai.djl.pytorch:pytorch-native-cpu:2.7.1:linux-x86_64 (which"
              + " io.github.lora4j:lora-djl brings unless it is excluded), elsewhere the classifier"
              + " of your platform, or point PYTORCH_LIBRARY_PATH at a libtorch 2.7.1",
          e);
    }
  }
}
