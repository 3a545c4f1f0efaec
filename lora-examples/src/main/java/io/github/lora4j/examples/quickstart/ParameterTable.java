// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.quickstart;

import ai.djl.nn.Parameter;
import ai.djl.util.Pair;
import io.github.lora4j.CausalLm;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The parameters that train, one row for all layers' parameters of the same name. */
final class ParameterTable {
  private ParameterTable() {}

  static List<String> ofTrainable(CausalLm model) {
    Map<String, Row> rows = new LinkedHashMap<>();
    long total = 0;
    for (Pair<String, Parameter> pair : model.getBlock().getParameters()) {
      Parameter parameter = pair.getValue();
      if (parameter.requiresGradient()) {
        long size = parameter.getShape().size();
        total += size;
        rows.merge(
            pair.getKey().replaceAll("\\.\\d+\\.", ".*."),
            new Row(1, parameter.getShape().toString(), size),
            Row::and);
      }
    }
    List<String> lines = new ArrayList<>();
    rows.forEach((name, row) -> lines.add(row.line(name)));
    lines.add(String.format(Locale.ROOT, "%-92s %,9d", "all that trains", total));
    return lines;
  }

  private record Row(int count, String shape, long size) {
    Row and(Row same) {
      return new Row(count + same.count(), shape, size + same.size());
    }

    String line(String name) {
      return String.format(Locale.ROOT, "%-72s %2d of shape %-6s %,9d", name, count, shape, size);
    }
  }
}
