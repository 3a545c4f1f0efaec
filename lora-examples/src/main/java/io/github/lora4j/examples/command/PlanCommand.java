// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.command;

import io.github.lora4j.examples.loading.QuantizationOptions;
import io.github.lora4j.plan.ByteText;
import io.github.lora4j.plan.MemoryLimit;
import io.github.lora4j.plan.MemoryPlan;
import io.github.lora4j.plan.MemoryPlanner;
import io.github.lora4j.plan.OptimizerState;
import io.github.lora4j.plan.PlanOptions;
import io.github.lora4j.plan.PlanOptionsBuilder;
import io.github.lora4j.train.GradientCheckpointing;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Says what memory a fine-tuning takes before anything is loaded. */
@Command(
    name = "plan",
    description = {
      "Say what memory a fine-tuning takes; no weight is read.",
      "Exit code 0: it fits; 1: it does not, and the table says what to change."
    })
public final class PlanCommand implements Callable<Integer> {
  @Spec private CommandSpec spec = CommandSpec.create();

  @ArgGroup(multiplicity = "1")
  private Model model = new Model();

  @Mixin private AdapterOptions adapter = new AdapterOptions();

  @Mixin private QuantizationOptions quantization = new QuantizationOptions();

  @Option(
      names = "--seq",
      paramLabel = "N",
      defaultValue = "512",
      description = "Tokens of a row; ${DEFAULT-VALUE} by default.")
  private int sequence;

  @Option(
      names = "--batch",
      paramLabel = "N",
      defaultValue = "4",
      description = "Rows of a micro-batch; ${DEFAULT-VALUE} by default.")
  private int batch;

  @Option(
      names = "--optimizer",
      paramLabel = "NAME",
      defaultValue = "adamw",
      description = "adamw, paged-adamw or paged-adamw-8bit; ${DEFAULT-VALUE} by default.")
  private String optimizer = "adamw";

  @Option(
      names = "--resident",
      paramLabel = "BYTES",
      description = "What of the optimizer's state may be in memory, for example 512MiB.")
  private @Nullable String resident;

  @Option(
      names = "--checkpointing",
      paramLabel = "HOW",
      converter = CheckpointingConverter.class,
      description =
          "none, layer, sqrt, or the number of layers of a segment; none by default, layer over a"
              + " quantised base.")
  private Optional<GradientCheckpointing> checkpointing = Optional.empty();

  @Option(
      names = "--limit",
      paramLabel = "BYTES",
      description = "What memory there is, for example 24GiB; by default what this machine has.")
  private @Nullable String limit;

  /** What is planned for. */
  private static final class Model {
    @Option(names = "--model", paramLabel = "DIR", description = "A checkpoint.")
    private @Nullable Path directory;

    @Option(names = "--config", paramLabel = "FILE", description = "A config.json alone.")
    private @Nullable Path config;

    Path path() {
      return directory != null ? directory : Objects.requireNonNull(config);
    }
  }

  @Override
  public Integer call() {
    PlanOptionsBuilder builder =
        PlanOptions.builder()
            .loading(quantization.loadOptions())
            .adapter(adapter.config())
            .batchSize(batch)
            .sequenceLength(sequence)
            .optimizer(optimizer());
    checkpointing.ifPresent(builder::gradientCheckpointing);
    PlanOptions options = builder.build();
    MemoryPlan plan =
        limit == null
            ? MemoryPlanner.plan(model.path(), options)
            : MemoryPlanner.plan(model.path(), options, MemoryLimit.of(ByteText.parse(limit)));
    spec.commandLine().getOut().println(plan);
    return plan.fits() ? 0 : 1;
  }

  private OptimizerState optimizer() {
    OptimizerState state = OptimizerState.parse(optimizer);
    return resident == null ? state : state.residentBudget(ByteText.parse(resident));
  }
}
