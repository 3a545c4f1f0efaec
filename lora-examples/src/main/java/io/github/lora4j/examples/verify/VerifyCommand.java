// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.verify;

import io.github.lora4j.djl.verify.ParityCheck;
import io.github.lora4j.djl.verify.ParityOptions;
import io.github.lora4j.djl.verify.TensorParity;
import io.github.lora4j.examples.loading.QuantizationOptions;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/**
 * Computes what a reference file holds and prints how far it is from it, a line a tensor, then
 * {@code PARITY OK} (exit code 0) or {@code PARITY FAILED} (exit code 1). A tensor that cannot be
 * computed is named and counts as failed.
 */
@Command(
    name = "verify",
    description = "Hold logits, losses, gradients and trained adapters against reference tensors.")
public final class VerifyCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @Option(names = "--model", required = true, paramLabel = "DIR", description = "The checkpoint.")
  private Path model = Path.of("");

  @Option(names = "--adapter", paramLabel = "DIR", description = "An adapter in PEFT's format.")
  private Optional<Path> adapter = Optional.empty();

  @Option(
      names = "--inputs",
      paramLabel = "FILE",
      description =
          "A safetensors file with input_ids and, where needed, attention_mask and labels; the"
              + " reference by default.")
  private Optional<Path> inputs = Optional.empty();

  @Option(
      names = "--reference",
      required = true,
      paramLabel = "FILE",
      description =
          "A safetensors file with any of base_logits, base_loss, logits, loss, merged_logits,"
              + " grad.NAME, train_losses, final.NAME, generated.")
  private Path reference = Path.of("");

  @Option(
      names = "--learning-rate",
      paramLabel = "X",
      defaultValue = "" + ParityOptions.LEARNING_RATE,
      description = "Of the AdamW steps; ${DEFAULT-VALUE} by default.")
  private float learningRate;

  @Option(
      names = "--weight-decay",
      paramLabel = "X",
      defaultValue = "" + ParityOptions.WEIGHT_DECAY,
      description = "Of the AdamW steps; ${DEFAULT-VALUE} by default.")
  private float weightDecay;

  @Option(
      names = "--tolerance",
      paramLabel = "X",
      description =
          "The largest difference allowed in any tensor of floating-point numbers; by default "
              + ParityOptions.LOGITS_TOLERANCE
              + " for logits, "
              + ParityOptions.TRAINING_TOLERANCE
              + " for losses and gradients, half a learning rate for trained parameters. Token ids"
              + " must be equal.")
  private Optional<Double> tolerance = Optional.empty();

  @Mixin private QuantizationOptions quantization = new QuantizationOptions();

  /** Made by picocli. */
  public VerifyCommand() {}

  @Override
  public Integer call() {
    List<TensorParity> results = ParityCheck.run(options());
    PrintWriter out = spec.commandLine().getOut();
    results.forEach(out::println);
    boolean ok = results.stream().allMatch(TensorParity::ok);
    out.println(ok ? "PARITY OK" : "PARITY FAILED");
    return ok ? ExitCode.OK : ExitCode.SOFTWARE;
  }

  private ParityOptions options() {
    ParityOptions options =
        ParityOptions.of(model, adapter, reference)
            .withInputs(inputs.orElse(reference))
            .withAdamW(learningRate, weightDecay)
            .withLoadOptions(quantization.loadOptions());
    return tolerance.map(options::withTolerance).orElse(options);
  }
}
