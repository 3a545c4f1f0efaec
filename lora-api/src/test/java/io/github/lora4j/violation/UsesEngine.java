// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.violation;

import ai.djl.pytorch.violation.Engine;

/** Breaks the rule that no engine is used. */
public final class UsesEngine {
  private UsesEngine() {}

  /** Uses an engine. */
  public static void run() {
    Engine.run();
  }
}
