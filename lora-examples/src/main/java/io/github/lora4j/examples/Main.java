package io.github.lora4j.examples;

/** Entry point of the runnable jar. */
public final class Main {
  private Main() {}

  /** Runs a subcommand. */
  public static void main(String[] args) {
    System.out.println(args.length);
  }
}
