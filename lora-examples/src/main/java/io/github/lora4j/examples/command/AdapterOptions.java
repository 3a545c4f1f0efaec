// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.command;

import io.github.lora4j.LoraConfig;
import io.github.lora4j.LoraConfigBuilder;
import java.util.List;
import picocli.CommandLine.Option;

/** The adapter, in PEFT's words. */
final class AdapterOptions {
  private static final String ALL_LINEAR = "all-linear";

  @Option(
      names = "--rank",
      paramLabel = "R",
      defaultValue = "8",
      description = "Rank; ${DEFAULT-VALUE} by default.")
  private int rank;

  @Option(
      names = "--alpha",
      paramLabel = "X",
      defaultValue = "16",
      description = "Scale times rank; ${DEFAULT-VALUE} by default.")
  private double alpha;

  @Option(
      names = "--dropout",
      paramLabel = "P",
      defaultValue = "0",
      description = "Dropout on what enters the adapter; ${DEFAULT-VALUE} by default.")
  private double dropout;

  @Option(
      names = "--target-modules",
      paramLabel = "NAME",
      split = ",",
      description =
          "Modules to adapt, for example q_proj,v_proj, or "
              + ALL_LINEAR
              + "; by default those"
              + " that PEFT takes for the architecture.")
  private List<String> targetModules = List.of();

  LoraConfig config() {
    LoraConfigBuilder builder = LoraConfig.builder().rank(rank).alpha(alpha).dropout(dropout);
    if (targetModules.equals(List.of(ALL_LINEAR))) {
      builder.allLinear();
    } else if (!targetModules.isEmpty()) {
      builder.targetModules(targetModules.toArray(String[]::new));
    }
    return builder.build();
  }
}
