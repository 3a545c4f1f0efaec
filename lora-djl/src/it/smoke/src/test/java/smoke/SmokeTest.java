// SPDX-License-Identifier: Apache-2.0
package smoke;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.CausalLm;
import io.github.lora4j.HuggingFaceModel;
import io.github.lora4j.LoraConfig;
import io.github.lora4j.LoraModel;
import io.github.lora4j.generate.GenerationConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SmokeTest {
  private static final GenerationConfig EIGHT_TOKENS =
      GenerationConfig.builder().maxNewTokens(8).endOfSequenceIds(0).build();

  @Test
  void aProjectOutsideTheBuildWrapsGeneratesAndSaves(@TempDir Path directory) {
    List<int[]> prompts = List.of(new int[] {5, 6, 7});
    LoraConfig config = LoraConfig.builder().rank(4).alpha(8).allLinear().build();
    try (CausalLm base = HuggingFaceModel.load(Path.of(System.getProperty("model")))) {
      int[] before = base.generateTokens(prompts, EIGHT_TOKENS).get(0);
      try (LoraModel model = LoraModel.wrap(base, config)) {
        assertTrue(model.trainableParameters().trainable() > 0);
        assertArrayEquals(before, model.generateTokens(prompts, EIGHT_TOKENS).get(0));
        model.saveAdapter(directory);
      }
      try (LoraModel again = LoraModel.load(base, directory)) {
        assertEquals(config.rank(), ((LoraConfig) again.adapters().get("default")).rank());
        assertTrue(Files.isRegularFile(directory.resolve("adapter_model.safetensors")));
      }
    }
  }
}
