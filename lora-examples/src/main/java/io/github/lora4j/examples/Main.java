package io.github.lora4j.examples;

import io.github.lora4j.examples.benchmark.BenchmarkCommand;
import picocli.CommandLine;

/** Entry point of the runnable jar. */
public final class Main {
  private Main() {}

  /**
   * Runs a subcommand.
   *
   * @param args the subcommand and its options
   */
  public static void main(String[] args) {
    System.exit(new CommandLine(new BenchmarkCommand()).execute(args));
  }
}
