// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples;

import io.github.lora4j.LoraException;
import io.github.lora4j.examples.benchmark.BenchmarkCommand;
import io.github.lora4j.examples.blocks.BlockBertCommand;
import io.github.lora4j.examples.blocks.BlockConvCommand;
import io.github.lora4j.examples.command.AdaLoraCommand;
import io.github.lora4j.examples.command.ExportGgufCommand;
import io.github.lora4j.examples.command.FineTuneCommand;
import io.github.lora4j.examples.command.GenerateCommand;
import io.github.lora4j.examples.command.LisaCommand;
import io.github.lora4j.examples.command.MergeCommand;
import io.github.lora4j.examples.command.MultiTrainCommand;
import io.github.lora4j.examples.command.PlanCommand;
import io.github.lora4j.examples.command.PretrainCommand;
import io.github.lora4j.examples.command.QuickStartCommand;
import io.github.lora4j.examples.serve.ServeCommand;
import io.github.lora4j.examples.verify.VerifyCommand;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/**
 * Entry point of the runnable jar. Exit codes: 0, done; 1, the input was bad, which one line says;
 * 2, the command line was.
 */
@Command(
    name = "lora-examples",
    description = "LoRA fine-tuning of language models in Java.",
    mixinStandardHelpOptions = true,
    scope = ScopeType.INHERIT,
    sortOptions = false,
    subcommands = {
      QuickStartCommand.class,
      LisaCommand.class,
      AdaLoraCommand.class,
      MultiTrainCommand.class,
      FineTuneCommand.class,
      GenerateCommand.class,
      ServeCommand.class,
      MergeCommand.class,
      ExportGgufCommand.class,
      PlanCommand.class,
      BlockBertCommand.class,
      BlockConvCommand.class,
      VerifyCommand.class,
      BenchmarkCommand.class,
      PretrainCommand.class
    })
public final class Main implements Runnable {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(
      names = "--debug",
      scope = ScopeType.INHERIT,
      description = "Show where an error comes from.")
  private boolean debug;

  private Main() {}

  /**
   * Runs a subcommand and ends the JVM.
   *
   * @param args the subcommand and its options
   */
  public static void main(String[] args) {
    // Nothing here needs the network or a screen.
    System.setProperty("OPT_OUT_TRACKING", "true");
    System.setProperty("java.awt.headless", "true");
    // Models answer in any language, whatever the locale is.
    System.setOut(utf8(FileDescriptor.out));
    System.setErr(utf8(FileDescriptor.err));
    System.exit(commandLine().execute(args));
  }

  private static PrintStream utf8(FileDescriptor descriptor) {
    return new PrintStream(new FileOutputStream(descriptor), true, StandardCharsets.UTF_8);
  }

  /**
   * The command line.
   *
   * @return ready to execute
   */
  static CommandLine commandLine() {
    Main main = new Main();
    return new CommandLine(main)
        .setCaseInsensitiveEnumValuesAllowed(true)
        .setExecutionExceptionHandler((e, command, parsed) -> main.report(e, command));
  }

  private int report(Exception e, CommandLine command) throws Exception {
    if (!(e instanceof LoraException) || debug) {
      throw e;
    }
    command
        .getErr()
        .println("error: " + String.valueOf(e.getMessage()).replaceAll("\\s*\\R\\s*", " "));
    return CommandLine.ExitCode.SOFTWARE;
  }

  /** Without a subcommand there is nothing to do. */
  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "which subcommand?");
  }
}
