// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.quant;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.djl.format.Checkpoint;
import io.github.lora4j.djl.format.HuggingFaceConfig;
import io.github.lora4j.quant.PackedTensor;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * 4-bit integers with a scale and a zero point for each output of a group of inputs, as GPTQ and
 * AWQ store them: {@code qweight}, {@code qzeros}, {@code scales} and perhaps {@code g_idx}.
 *
 * @param label the method
 * @param packing how codes lie in a word
 * @param groupSize inputs of a group, or −1 if all are one
 * @param actOrder whether groups are not consecutive inputs, so that {@code g_idx} must be there
 */
record GroupedFormat(String label, GroupPacking packing, int groupSize, boolean actOrder)
    implements PackedFormat {
  private static final String WEIGHT = ".qweight";
  private static final String ZEROS = ".qzeros";
  private static final String SCALES = ".scales";
  private static final String GROUPS = ".g_idx";

  static void requireFourBits(HuggingFaceConfig config, String field, String... aliases) {
    int bits = config.intValue(field, aliases);
    if (bits != 4) {
      throw config.error(
          field,
          "is %d, expected 4: other widths are not supported".formatted(bits)
              + QuantizationConfig.INSTEAD);
    }
  }

  static int groupSize(HuggingFaceConfig config, String field, String... aliases) {
    int size = config.intValue(field, aliases);
    if (size < 1 && size != -1) {
      throw config.error(field, "is %d, expected at least 1, or -1 for one group".formatted(size));
    }
    return size;
  }

  @Override
  public String mainPart() {
    return WEIGHT;
  }

  @Override
  public boolean isStored(Checkpoint checkpoint, String module) {
    return checkpoint.contains(module + WEIGHT);
  }

  @Override
  public List<String> names(Checkpoint checkpoint, String module) {
    return Stream.of(WEIGHT, ZEROS, SCALES, GROUPS)
        .map(part -> module + part)
        .filter(checkpoint::contains)
        .toList();
  }

  @Override
  public PackedTensor read(NDManager manager, Checkpoint checkpoint, String module, Shape shape) {
    GroupedParts parts = new GroupedParts(checkpoint, module, shape);
    int in = parts.divisible("inputs", shape.get(1));
    int out = parts.divisible("outputs", shape.get(0));
    int size = groupSize == -1 ? in : groupSize;
    int groups = (in + size - 1) / size;
    return ScriptedTensor.make(
        manager,
        label,
        shape,
        packing.script(),
        arrays -> {
          arrays.add("qweight", parts.words(WEIGHT, packing.weightShape(in, out)));
          arrays.add("qzeros", parts.words(ZEROS, new Shape(groups, out / GroupPacking.CODES)));
          arrays.add("scales", parts.scales(SCALES, new Shape(groups, out)));
          arrays.add("g_idx", owner -> groups(owner, parts, in, size, groups));
        });
  }

  private NDArray groups(NDManager owner, GroupedParts parts, int in, int size, int groups) {
    return actOrder || parts.has(GROUPS)
        ? parts.indices(owner, GROUPS, in, groups)
        : owner.create(IntStream.range(0, in).map(i -> i / size).toArray());
  }
}
