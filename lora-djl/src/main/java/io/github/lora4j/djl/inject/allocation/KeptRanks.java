// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject.allocation;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.djl.format.StoredType;
import io.github.lora4j.djl.format.TensorEntry;
import io.github.lora4j.djl.format.TensorFile;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A pattern of ranks as tensors: for each module a 1 where a singular value is kept. */
public final class KeptRanks {
  private static final String NAME = ".kept";

  private KeptRanks() {}

  /**
   * The pattern as it is saved.
   *
   * @param prefix what the tensors' names begin with
   * @param pattern true where a value is kept; may be empty
   * @param modules the factors by the modules' names
   * @return a tensor of shape (rank) for each module of the pattern
   */
  public static List<TensorEntry> state(
      String prefix, Map<String, List<Boolean>> pattern, Map<String, SvdFactors> modules) {
    List<TensorEntry> entries = new ArrayList<>();
    modules.forEach(
        (module, factors) -> {
          List<Boolean> kept = pattern.getOrDefault(module, List.of());
          if (!kept.isEmpty()) {
            Shape shape = new Shape(kept.size());
            String name = prefix + module + NAME;
            entries.add(
                TensorEntry.computed(name, shape, StoredType.F32, () -> array(kept, factors)));
          }
        });
    return entries;
  }

  private static NDArray array(List<Boolean> kept, SvdFactors factors) {
    NDManager owner = factors.e().getArray().getManager();
    return owner.create(mask(kept));
  }

  /** 1 where a value is kept, else 0. */
  static float[] mask(List<Boolean> kept) {
    float[] mask = new float[kept.size()];
    for (int i = 0; i < mask.length; i++) {
      mask[i] = kept.get(i) ? 1 : 0;
    }
    return mask;
  }

  /**
   * The pattern that was saved.
   *
   * @param prefix what the tensors' names begin with
   * @param saved the tensors
   * @param modules the factors by the modules' names
   * @return the pattern
   */
  public static Map<String, List<Boolean>> restored(
      String prefix, TensorFile saved, Map<String, SvdFactors> modules) {
    Map<String, List<Boolean>> pattern = new LinkedHashMap<>();
    for (String module : modules.keySet()) {
      String name = prefix + module + NAME;
      if (saved.contains(name)) {
        List<Boolean> kept = new ArrayList<>();
        for (float value : saved.tensor(name).toFloatArray()) {
          kept.add(value != 0);
        }
        pattern.put(module, kept);
      }
    }
    return pattern;
  }
}
