// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.plan;

import java.util.ArrayList;
import java.util.List;

/** A plan as a table of text. */
final class PlanTable {
  private static final int LABEL_WIDTH = 24;

  private final List<String> lines = new ArrayList<>();

  private PlanTable() {}

  static String of(MemoryPlan plan) {
    PlanTable table = new PlanTable();
    table.parts(plan.need());
    table.verdict(plan);
    if (!plan.fits()) {
      table.remedies(plan.remedies());
    }
    return String.join("\n", table.lines);
  }

  private void parts(MemoryNeed need) {
    for (MemoryPart part : MemoryPart.values()) {
      if (need.bytes(part) > 0) {
        row(part.label(), need.bytes(part));
      }
    }
    row("total", need.total());
    if (need.optimizerStateOnDisk() > 0) {
      row("optimizer state on disk", need.optimizerStateOnDisk());
    }
  }

  private void verdict(MemoryPlan plan) {
    row(plan.limit().name(), plan.limit().bytes());
    long spare = plan.limit().bytes() - plan.need().total();
    lines.add(
        plan.fits()
            ? "fits, %s to spare".formatted(ByteText.format(spare))
            : "does not fit, %s too much".formatted(ByteText.format(-spare)));
  }

  private void remedies(List<Remedy> remedies) {
    for (Remedy remedy : remedies) {
      lines.add(
          "  %s: saves %s, total %s"
              .formatted(
                  remedy.change(),
                  ByteText.format(remedy.gain()),
                  ByteText.format(remedy.need().total())));
    }
  }

  private void row(String label, long bytes) {
    lines.add(("%-" + LABEL_WIDTH + "s %12s").formatted(label, ByteText.format(bytes)));
  }
}
