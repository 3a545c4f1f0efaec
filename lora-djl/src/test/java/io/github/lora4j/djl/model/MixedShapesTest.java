// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.CausalLm;
import io.github.lora4j.LoraConfig;
import io.github.lora4j.LoraModel;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows have adapters of their own wherever a model has linear modules, around its layers too. */
class MixedShapesTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "golden/models/gpt2",
        "golden/models/falcon",
        "samples/falcon-new",
        "samples/gptj",
        "samples/mpt-clipped",
        "samples/opt-post-norm"
      })
  void aRowComputesWhatItsAdapterComputesAlone(String name) {
    LoraConfig everywhere = TinyModels.random().allLinear().build();
    try (CheckpointModel base = TinyModels.load(TinyModels.RESOURCES.resolve(name));
        LoraModel model = LoraModel.wrap(base, everywhere)) {
      model.addAdapter("other", everywhere);
      float[] together;
      try (CausalLm mixed = model.forAdapters(List.of("other", "default"))) {
        together = TinyModels.logits(mixed);
      }
      int row = together.length / 2;
      model.setActiveAdapter("other");
      assertSame(together, TinyModels.logits(model), 0, row);
      model.setActiveAdapter("default");
      float[] active = TinyModels.logits(model);
      assertSame(together, active, row, 2 * row);
      double apart =
          TinyModels.maxDifference(Arrays.copyOf(together, row), Arrays.copyOf(active, row));
      assertTrue(apart > 1e-3, "the adapters differ");
    }
  }

  private static void assertSame(float[] a, float[] b, int from, int to) {
    assertEquals(
        0,
        TinyModels.maxDifference(Arrays.copyOfRange(a, from, to), Arrays.copyOfRange(b, from, to)),
        1e-5);
  }
}
