package io.github.lora4j.examples;

import io.github.lora4j.LoraException;
import io.github.lora4j.examples.benchmark.BenchmarkCommand;
import io.github.lora4j.examples.verify.VerifyCommand;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** Entry point of the runnable jar. */
@Command(
    name = "lora-examples",
    mixinStandardHelpOptions = true,
    subcommands = {VerifyCommand.class, BenchmarkCommand.class})
public final class Main {
  private Main() {}

  /**
   * Runs a subcommand and ends the JVM.
   *
   * @param args the subcommand and its options
   */
  public static void main(String[] args) {
    System.exit(commandLine().execute(args));
  }

  static CommandLine commandLine() {
    return new CommandLine(new Main())
        .setExecutionExceptionHandler(
            (e, command, parsed) -> {
              if (!(e instanceof LoraException)) {
                throw e;
              }
              command.getErr().println("error: " + e.getMessage());
              return CommandLine.ExitCode.SOFTWARE;
            });
  }
}
