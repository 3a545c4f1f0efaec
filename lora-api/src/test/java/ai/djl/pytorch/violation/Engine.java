// SPDX-License-Identifier: Apache-2.0
package ai.djl.pytorch.violation;

/** Stands for an engine's class, so that a rule can be seen to fail. */
public final class Engine {
  private Engine() {}

  /** Does nothing. */
  public static void run() {}
}
