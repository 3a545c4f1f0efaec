// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.paged;

import io.github.lora4j.target.AdaptationPlan;
import io.github.lora4j.target.AdaptedModule;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.LongStream;

/**
 * A saved adapter that fits the model.
 *
 * @param name the name that rows use
 * @param directory where it lies
 * @param plan what it adapts
 * @param pageFloats values of a page
 */
record PlannedSheet(String name, Path directory, AdaptationPlan plan, long pageFloats)
    implements AdapterSheet {
  List<AdaptedModule> modules() {
    return plan.adapted();
  }

  /** Values of A and B of each module in turn. */
  long[] sizes() {
    return modules().stream()
        .flatMapToLong(
            m ->
                LongStream.of(
                    (long) m.rank() * m.module().inFeatures(),
                    (long) m.rank() * m.module().outFeatures()))
        .toArray();
  }

  @Override
  public int rank() {
    return modules().stream().mapToInt(AdaptedModule::rank).max().orElseThrow();
  }

  @Override
  public int pages() {
    return Placement.pages(sizes(), pageFloats);
  }
}
