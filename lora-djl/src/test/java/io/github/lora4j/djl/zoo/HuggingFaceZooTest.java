// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.zoo;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.MalformedModelException;
import ai.djl.inference.Predictor;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.repository.zoo.Criteria;
import ai.djl.repository.zoo.ModelNotFoundException;
import ai.djl.repository.zoo.ModelZoo;
import ai.djl.repository.zoo.ZooModel;
import ai.djl.translate.NoopTranslator;
import ai.djl.translate.TranslateException;
import io.github.lora4j.CausalLm;
import io.github.lora4j.CheckpointException;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.HuggingFaceModel;
import io.github.lora4j.LoraConfig;
import io.github.lora4j.LoraModel;
import io.github.lora4j.djl.model.LiveArrays;
import io.github.lora4j.djl.model.TalkingModel;
import io.github.lora4j.generate.GenerationConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Hugging Face checkpoints through DJL's criteria. */
class HuggingFaceZooTest {
  private static final Path LLAMA = Path.of("src/test/resources/golden/models/llama");
  private static final Path ADAPTER = LLAMA.resolve("adapters/all-linear");

  @TempDir Path directory;

  private static <I, O> Criteria.Builder<I, O> criteria(Class<I> input, Class<O> output) {
    return Criteria.builder()
        .setTypes(input, output)
        .optGroupId("io.github.lora4j")
        .optEngine("PyTorch");
  }

  private static Criteria.Builder<NDList, NDList> llama() {
    return criteria(NDList.class, NDList.class).optOption("model_id", LLAMA.toString());
  }

  private static NDList ids(NDManager manager) {
    Shape shape = new Shape(1, 4);
    return new NDList(
        manager.create(new long[] {5, 9, 11, 7}, shape), manager.ones(shape, DataType.INT64));
  }

  @Test
  void textGoesInAndTextComesOut()
      throws IOException, ModelNotFoundException, MalformedModelException, TranslateException {
    TalkingModel.write(directory);
    GenerationConfig config = GenerationConfig.builder().maxNewTokens(6).build();
    String expected;
    try (CausalLm model = HuggingFaceModel.load(directory)) {
      expected = model.generate("The capital", config);
    }
    Criteria<String, String> criteria =
        criteria(String.class, String.class)
            .optOption("model_id", directory.toString())
            .optArgument("max_new_tokens", 6)
            .build();
    try (ZooModel<String, String> model = criteria.loadModel();
        Predictor<String, String> predictor = model.newPredictor()) {
      assertEquals(expected, predictor.predict("The capital"));
    }
  }

  @Test
  void argumentsSayHowTextIsSampled() {
    Map<String, Object> arguments = Map.of("temperature", "0.7", "top_k", 5, "seed", 3L);
    GenerationConfig expected =
        GenerationConfig.builder().temperature(0.7f).topK(5).seed(3).build();
    assertEquals(expected, GenerationArguments.config(arguments));
    assertThrows(
        ConfigurationException.class, () -> GenerationArguments.config(Map.of("top_k", "few")));
  }

  @Test
  void theAdapterIsOnTheModel()
      throws IOException, ModelNotFoundException, MalformedModelException, TranslateException {
    float[] expected;
    try (CausalLm base = HuggingFaceModel.load(LLAMA);
        LoraModel model = LoraModel.load(base, ADAPTER)) {
      expected = logits(model.newPredictor(new NoopTranslator()));
    }
    try (ZooModel<NDList, NDList> model =
        llama().optOption("adapter", ADAPTER.toString()).build().loadModel()) {
      assertTrue(model.getWrappedModel() instanceof LoraModel);
      assertArrayEquals(expected, logits(model.newPredictor()));
    }
  }

  private static float[] logits(Predictor<NDList, NDList> opened) throws TranslateException {
    try (opened;
        NDManager manager = NDManager.newBaseManager("PyTorch")) {
      return opened.predict(ids(manager)).head().toFloatArray();
    }
  }

  @Test
  void theModelIsQuantised()
      throws IOException, ModelNotFoundException, MalformedModelException, TranslateException {
    float[] dense;
    try (ZooModel<NDList, NDList> model = llama().build().loadModel()) {
      dense = logits(model.newPredictor());
    }
    try (ZooModel<NDList, NDList> model =
        llama().optOption("quantization", "nf4").build().loadModel()) {
      float[] quantised = logits(model.newPredictor());
      assertFalse(Arrays.equals(dense, quantised));
    }
  }

  @Test
  void whatItLoadsCanBeWrapped()
      throws IOException, ModelNotFoundException, MalformedModelException {
    LoraConfig config = LoraConfig.builder().allLinear().build();
    try (ZooModel<NDList, NDList> base = llama().build().loadModel();
        LoraModel model = LoraModel.wrap(base, config)) {
      assertEquals(base.getWrappedModel(), model.mergeAndUnload());
    }
  }

  @Test
  void closingItClosesTheBaseToo()
      throws IOException, ModelNotFoundException, MalformedModelException {
    try (LiveArrays live = new LiveArrays()) {
      llama().optOption("adapter", ADAPTER.toString()).build().loadModel().close();
      assertEquals(0, live.count());
    }
  }

  @Test
  void whatIsWrongIsSaidAndNothingStays() {
    try (LiveArrays live = new LiveArrays()) {
      refused("quantisation", llama().optOption("quantization", "nf5"));
      refused("unknown option \"quantisation\"", llama().optOption("quantisation", "nf4"));
      Criteria.Builder<String, String> text =
          criteria(String.class, String.class).optOption("model_id", LLAMA.toString());
      refused("unknown argument", text.optArgument("max_tokens", 5));
      assertThrows(
          CheckpointException.class,
          () -> llama().optOption("model_id", "/nowhere").build().loadModel());
      assertThrows(
          ModelNotFoundException.class,
          () ->
              criteria(Integer.class, String.class)
                  .optOption("model_id", LLAMA.toString())
                  .build()
                  .loadModel());
      assertEquals(0, live.count());
    }
  }

  private static void refused(String word, Criteria.Builder<?, ?> criteria) {
    ConfigurationException refusal =
        assertThrows(ConfigurationException.class, () -> criteria.build().loadModel());
    assertTrue(String.valueOf(refusal.getMessage()).contains(word), refusal.getMessage());
  }

  @Test
  void criteriaThatNameNoCheckpointMeanAnotherZoo() {
    assertThrows(
        ModelNotFoundException.class,
        () -> criteria(NDList.class, NDList.class).build().loadModel());
    assertTrue(ModelZoo.hasModelZoo("io.github.lora4j"));
    assertFalse(ModelZoo.listModels().isEmpty());
  }
}
