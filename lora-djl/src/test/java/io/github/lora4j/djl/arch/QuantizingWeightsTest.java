// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.arch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import com.google.gson.JsonObject;
import io.github.lora4j.djl.format.HuggingFaceConfig;
import io.github.lora4j.djl.nn.Decoder;
import io.github.lora4j.djl.nn.RandomWeights;
import io.github.lora4j.djl.nn.WeightSource;
import io.github.lora4j.quant.Quantization;
import io.github.lora4j.target.AdaptableModule;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class QuantizingWeightsTest {
  /** Gives random weights, and sees how many of those to be quantised are there at a time. */
  private static final class Staged implements WeightSource {
    private final WeightSource random = new RandomWeights();
    private final List<NDArray> staged = new ArrayList<>();
    private int most;

    @Override
    public NDArray load(NDManager manager, String name, Shape shape) {
      NDArray weight = random.load(manager, name, shape);
      if (name.matches(".*(_proj|lm_head)\\.weight")) {
        staged.add(weight);
        most = Math.max(most, open());
      }
      return weight;
    }

    int open() {
      return (int) staged.stream().filter(array -> !array.isReleased()).count();
    }

    @Override
    public String origin(String name) {
      return random.origin(name);
    }
  }

  @Test
  void oneWeightAtATimeIsInFloat() {
    JsonObject config = new JsonObject();
    config.addProperty("model_type", "llama");
    config.addProperty("vocab_size", 16);
    config.addProperty("hidden_size", 32);
    config.addProperty("intermediate_size", 48);
    config.addProperty("num_hidden_layers", 2);
    config.addProperty("num_attention_heads", 4);
    config.addProperty("tie_word_embeddings", false);
    Staged source = new Staged();
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      WeightSource weights =
          new QuantizingWeights(source, Quantization.nf4(), AdaptableModule::outputHead);
      Decoder decoder =
          new LlamaArchitecture()
              .build(HuggingFaceConfig.of(Path.of("random"), config), manager, weights);
      assertEquals(14, decoder.quantized().size());
      assertEquals(15, source.staged.size());
      assertEquals(1, source.most);
      assertEquals(1, source.open(), "the head, which stays");
      assertTrue(
          decoder.quantized().values().stream()
              .allMatch(linear -> linear.tensor().label().equals("nf4")));
    }
  }
}
