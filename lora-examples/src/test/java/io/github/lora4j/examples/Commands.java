// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples;

import picocli.CommandLine;

/** The command line of the jar, for tests in other packages. */
public final class Commands {
  private Commands() {}

  /** Ready to execute, or to be asked what it knows. */
  public static CommandLine line() {
    return Main.commandLine();
  }
}
