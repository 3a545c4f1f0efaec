// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.verify;

import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.github.lora4j.AdapterConfig;
import io.github.lora4j.HuggingFaceModel;
import io.github.lora4j.LoraModel;
import io.github.lora4j.djl.format.SafetensorsFile;
import io.github.lora4j.djl.model.AdaptedModel;
import io.github.lora4j.djl.model.DecoderModel;
import io.github.lora4j.peft.PeftConfigJson;
import io.github.lora4j.peft.PeftNames;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Virtual tokens that a network makes. PEFT stores what the network gives and not the network, so
 * its first weights are in the reference as {@code initial.NAME}, and what is stored after training
 * as {@code saved}.
 */
class EncodedTokensTest {
  private static final Path RESOURCES = Path.of("src/test/resources");
  private static final Path MODEL = RESOURCES.resolve("golden/models/llama");
  private static final String INITIAL = "initial.";

  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(strings = {"prefix-projection", "prompt-encoder-mlp", "prompt-encoder-lstm"})
  void aNetworkComputesAndTrainsAsPeftsDoes(String name) {
    Path adapter = RESOURCES.resolve("families/llama").resolve(name);
    Path reference = adapter.resolve("io.safetensors");
    AdapterConfig config = PeftConfigJson.read(adapter.resolve("adapter_config.json"));
    ParityOptions options =
        ParityOptions.of(MODEL, Optional.of(adapter), reference)
            .withInputs(MODEL.resolve("io.safetensors"));
    try (DecoderModel base = (DecoderModel) HuggingFaceModel.load(MODEL);
        AdaptedModel model = (AdaptedModel) LoraModel.wrap(base, config);
        NDManager manager = base.getNDManager().newSubManager();
        SafetensorsFile file = SafetensorsFile.open(reference);
        SafetensorsFile inputFile = SafetensorsFile.open(options.inputs())) {
      assertEquals(
          file.names().stream().filter(n -> n.startsWith(INITIAL)).count(), begin(model, file));
      ParityInputs inputs = new ParityInputs(inputFile);
      ParityResults results = new ParityResults(file);
      InferenceParity inference = new InferenceParity(model, options, inputs, results, manager);
      long[] labels = inputs.labels(manager).orElseThrow();
      inference.logits("logits");
      inference.loss("loss", labels);
      TrainingParity training =
          new TrainingParity(model, options, results, manager, inference.batch(), labels);
      training.gradients();
      training.training();
      inference.generated();
      assertParity(results);
      model.saveAdapter(directory);
      assertSaved(file.tensor("saved").toFloatArray());
    }
  }

  /** Gives the parameters the reference's first values. */
  private static long begin(AdaptedModel model, SafetensorsFile file) {
    return file.names().stream()
        .filter(name -> name.startsWith(INITIAL))
        .peek(
            name -> {
              NDArray target =
                  model
                      .requireActive()
                      .trained()
                      .get(PeftNames.parse(name.substring(INITIAL.length())).orElseThrow())
                      .getArray();
              try (NDArray value = file.tensor(name).toFloat32(target.getManager())) {
                model.decoder().ops().copyInto().apply(target.stopGradient(), value).close();
              }
            })
        .count();
  }

  private static void assertParity(ParityResults results) {
    List<TensorParity> compared =
        results.all(name -> "no quantity of this name is known").stream()
            .filter(r -> !r.name().startsWith(INITIAL) && !r.name().equals("saved"))
            .toList();
    assertTrue(compared.size() > 10);
    assertAll(compared.stream().map(r -> () -> assertTrue(r.ok(), r::toString)));
  }

  private void assertSaved(float[] expected) {
    try (SafetensorsFile saved =
        SafetensorsFile.open(directory.resolve("adapter_model.safetensors"))) {
      assertArrayEquals(expected, saved.tensor("prompt_embeddings").toFloatArray(), 1e-3f);
    }
  }
}
