// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.plan;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.lora4j.LoraConfig;
import io.github.lora4j.djl.arch.Architectures;
import io.github.lora4j.djl.arch.LlamaArchitecture;
import io.github.lora4j.djl.format.HuggingFaceConfig;
import io.github.lora4j.djl.kernel.PyTorchEngine;
import io.github.lora4j.djl.nn.Decoder;
import io.github.lora4j.djl.nn.ModuleSlot;
import io.github.lora4j.plan.PlanOptions;
import io.github.lora4j.quant.Quantization;
import io.github.lora4j.target.TargetResolver;
import io.github.lora4j.train.GradientCheckpointing;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Counted by hand: hidden 8, MLP 20, 4 layers, 2 heads, 10 tokens, vocabulary 2. */
class StepMemoryTest {
  private static final int TOKENS = 10;
  private static final int HIDDEN = 8;
  private static final int INNER = 20;
  private static final int LAYERS = 4;
  private static final int LAYER_WEIGHTS = 4 * HIDDEN * HIDDEN + 3 * HIDDEN * INNER;

  private static NDManager manager;
  private static Decoder decoder;

  @BeforeAll
  static void build() {
    JsonObject json =
        JsonParser.parseString(
                """
                {"model_type": "llama", "vocab_size": 2, "hidden_size": 8,
                 "intermediate_size": 20, "num_hidden_layers": 4, "num_attention_heads": 2}""")
            .getAsJsonObject();
    manager = PyTorchEngine.newManager(Device.cpu());
    decoder =
        new LlamaArchitecture()
            .build(
                HuggingFaceConfig.of(Path.of("config.json"), json),
                manager,
                new OutlineWeights((name, shape) -> {}));
  }

  @AfterAll
  static void close() {
    manager.close();
  }

  private static Phase peak(
      LoraConfig config, Optional<Quantization> quantization, GradientCheckpointing checkpointing) {
    return peak(decoder, config, quantization, checkpointing);
  }

  private static Phase peak(
      Decoder decoder,
      LoraConfig config,
      Optional<Quantization> quantization,
      GradientCheckpointing checkpointing) {
    TrainedModules trained =
        new TrainedModules(
            TargetResolver.plan(
                config,
                decoder.modules().stream().map(ModuleSlot::module).toList(),
                List.of("q_proj")));
    QuantizedModules quantized = new QuantizedModules(quantization, module -> !module.outputHead());
    PlanOptions options =
        PlanOptions.builder()
            .adapter(config)
            .batchSize(2)
            .sequenceLength(TOKENS / 2)
            .gradientCheckpointing(checkpointing)
            .build();
    return new StepMemory(decoder, trained, quantized, options).peak();
  }

  private static Phase dense(LoraConfig config, GradientCheckpointing checkpointing) {
    return peak(config, Optional.empty(), checkpointing);
  }

  private static LoraConfig allLinear() {
    return LoraConfig.builder().rank(1).allLinear().build();
  }

  private static long bytes(int floatsPerToken) {
    return 4L * TOKENS * floatsPerToken;
  }

  /** The input of the first layer and the tables of the rotation. */
  private static int entry() {
    return HIDDEN + HIDDEN / 2;
  }

  /** Norm's output, q k v, attended, a value a head, middle, its norm's output, MLP, ranks. */
  private static int layer() {
    return HIDDEN + 3 * HIDDEN + HIDDEN + 2 + HIDDEN + HIDDEN + 3 * INNER + 7;
  }

  @Test
  void withoutCheckpointingAllLayersAreKept() {
    // The input of each layer but the first is its own.
    int kept = LAYERS * layer() + (LAYERS - 1) * HIDDEN;
    assertEquals(
        bytes(entry() + kept), dense(allLinear(), GradientCheckpointing.none()).activations());
  }

  @Test
  void withCheckpointingOneLayerAndAllInputsAreKept() {
    assertEquals(
        bytes(entry() + (LAYERS - 1) * HIDDEN + layer()),
        dense(allLinear(), GradientCheckpointing.everyLayer()).activations());
  }

  @Test
  void segmentsOfTwoLayersKeepTwo() {
    assertEquals(
        bytes(entry() + HIDDEN + 2 * layer() + HIDDEN),
        dense(allLinear(), GradientCheckpointing.every(2)).activations());
  }

  @Test
  void layersBelowTheFirstThatLearnsKeepNothing() {
    LoraConfig last =
        LoraConfig.builder().rank(1).targetModules("q_proj").layersToTransform(3).build();
    // The norm's output, q k v, attended, a value a head, middle, gate and up; one rank.
    int kept = HIDDEN + 3 * HIDDEN + HIDDEN + 2 + HIDDEN + 2 * INNER + 1;
    assertEquals(bytes(entry() + kept), dense(last, GradientCheckpointing.none()).activations());
  }

  @Test
  void dropoutKeepsAnInputAndAMaskForEachMap() {
    LoraConfig dropping = LoraConfig.builder().rank(1).dropout(0.1).allLinear().build();
    int more = (3 - 1 + 2 - 1) * HIDDEN + HIDDEN + INNER - INNER;
    int masks = 6 * HIDDEN / 4 + INNER / 4;
    Phase plain = dense(allLinear(), GradientCheckpointing.everyLayer());
    Phase dropped = dense(dropping, GradientCheckpointing.everyLayer());
    assertEquals(bytes(more + masks), dropped.activations() - plain.activations());
  }

  @Test
  void nothingIsWrittenOutOfADenseBase() {
    assertEquals(0, dense(allLinear(), GradientCheckpointing.everyLayer()).dequantized());
  }

  @Test
  void aSegmentOfAQuantizedBaseIsWrittenOutAsAWhole() {
    Phase layer =
        peak(allLinear(), Optional.of(Quantization.nf4()), GradientCheckpointing.every(2));
    assertEquals(4L * 2 * LAYER_WEIGHTS, layer.dequantized());
  }

  @Test
  void withoutCheckpointingOneWeightAtATimeIsWrittenOut() {
    Phase all = peak(allLinear(), Optional.of(Quantization.nf4()), GradientCheckpointing.none());
    assertEquals(4L * HIDDEN * INNER, all.dequantized());
  }

  @Test
  void moreIsKeptTheLessIsComputedAgain() {
    long none = dense(allLinear(), GradientCheckpointing.none()).total();
    long two = dense(allLinear(), GradientCheckpointing.every(2)).total();
    long one = dense(allLinear(), GradientCheckpointing.everyLayer()).total();
    assertTrue(none > two && two > one, none + " " + two + " " + one);
  }

  /** Norms of heads, norms behind both halves, all scores and the mask of a window. */
  @Test
  void whatGemmaAndQwenAddIsCounted() {
    long plain =
        keptBy(
            """
        {"model_type": "llama", %s}""");
    int qkv = 3 * HIDDEN;
    assertEquals(
        plain + bytes(LAYERS * (qkv + 4)),
        keptBy(
            """
            {"model_type": "qwen3", %s}"""));
    int scores = 2 * 2 * TOKENS / 2 - 2;
    assertEquals(
        plain + bytes(LAYERS * (2 * HIDDEN + scores)) + 4 * (TOKENS / 2) * (TOKENS / 2),
        keptBy(
            """
            {"model_type": "gemma2", "sliding_window": 3, %s}"""));
  }

  private static long keptBy(String config) {
    String sizes =
        """
        "vocab_size": 2, "hidden_size": 8, "intermediate_size": 20, "num_hidden_layers": 4,
        "num_attention_heads": 2""";
    JsonObject json = JsonParser.parseString(config.formatted(sizes)).getAsJsonObject();
    HuggingFaceConfig read = HuggingFaceConfig.of(Path.of("config.json"), json);
    try (NDManager scope = PyTorchEngine.newManager(Device.cpu())) {
      Decoder outline =
          Architectures.of(read).build(read, scope, new OutlineWeights((name, shape) -> {}));
      return peak(outline, allLinear(), Optional.empty(), GradientCheckpointing.none())
          .activations();
    }
  }
}
