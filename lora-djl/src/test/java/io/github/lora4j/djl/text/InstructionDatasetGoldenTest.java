// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.text;

import static io.github.lora4j.djl.text.HuggingFaceLlmTokenizerTest.GOLDEN;
import static io.github.lora4j.djl.text.HuggingFaceLlmTokenizerTest.ints;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.Shape;
import ai.djl.training.dataset.Batch;
import ai.djl.training.dataset.RandomAccessDataset;
import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.lora4j.data.CausalLmBatchifier;
import io.github.lora4j.data.ChatMessage;
import io.github.lora4j.data.Conversation;
import io.github.lora4j.data.Example;
import io.github.lora4j.data.InstructionDataset;
import io.github.lora4j.data.PaddingSide;
import io.github.lora4j.data.PromptTemplate;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

final class InstructionDatasetGoldenTest {
  private static HuggingFaceLlmTokenizer tokenizer;
  private static JsonObject golden;

  @BeforeAll
  static void open() throws Exception {
    tokenizer = HuggingFaceLlmTokenizer.open(GOLDEN);
    golden =
        JsonParser.parseString(Files.readString(GOLDEN.resolve("preprocessed.json")))
            .getAsJsonObject();
  }

  @AfterAll
  static void close() {
    tokenizer.close();
  }

  private static InstructionDataset alpaca() {
    return InstructionDataset.alpaca(GOLDEN.resolve("alpaca.json"), tokenizer)
        .maxLength(256)
        .batchSize(2)
        .build();
  }

  @Test
  void rowsEqualTheTutorialsRecipe() {
    InstructionDataset data = alpaca();
    JsonArray expected = golden.getAsJsonArray("examples");
    assertEquals(expected.size(), data.size());
    for (int i = 0; i < expected.size(); i++) {
      JsonObject row = expected.get(i).getAsJsonObject();
      assertEquals(
          new Example(ints(row.getAsJsonArray("input_ids")), ints(row.getAsJsonArray("labels"))),
          data.example(i));
      assertEquals(row.getAsJsonArray("attention_mask").size(), data.lengths()[i]);
    }
  }

  @Test
  void batchEqualsTransformersCollator() {
    JsonObject expected = golden.getAsJsonObject("collated_rows_0_1_3");
    InstructionDataset data = alpaca();
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      NDList[] rows = {
        data.get(manager, 0).getData(),
        data.get(manager, 1).getData(),
        data.get(manager, 3).getData()
      };
      NDList[] labels = {
        data.get(manager, 0).getLabels(),
        data.get(manager, 1).getLabels(),
        data.get(manager, 3).getLabels()
      };
      NDList batch =
          CausalLmBatchifier.forData(PaddingSide.LEFT, tokenizer.padding()).batchify(rows);
      NDList batchLabels = CausalLmBatchifier.forLabels(PaddingSide.LEFT).batchify(labels);
      assertRows(expected.getAsJsonArray("input_ids"), batch.get(0));
      assertRows(expected.getAsJsonArray("attention_mask"), batch.get(1));
      assertRows(expected.getAsJsonArray("labels"), batchLabels.get(0));
      assertEquals("input_ids", batch.get(0).getName());
      assertEquals("labels", batchLabels.get(0).getName());
    }
  }

  private static void assertRows(JsonArray expected, NDArray found) {
    assertEquals(DataType.INT64, found.getDataType());
    long[] flat =
        expected.asList().stream()
            .flatMapToInt(row -> Arrays.stream(ints(row.getAsJsonArray())))
            .asLongStream()
            .toArray();
    assertEquals(new Shape(expected.size(), flat.length / expected.size()), found.getShape());
    assertArrayEquals(flat, found.toLongArray());
  }

  @Test
  void unbatchifyGivesTheRowsBack() {
    InstructionDataset data = alpaca();
    for (PaddingSide side : PaddingSide.values()) {
      try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
        CausalLmBatchifier batchifier = CausalLmBatchifier.forData(side, 3);
        NDList[] rows = {data.get(manager, 0).getData(), data.get(manager, 1).getData()};
        NDList[] back = batchifier.unbatchify(batchifier.batchify(rows));
        for (int i = 0; i < rows.length; i++) {
          assertArrayEquals(rows[i].get(0).toLongArray(), back[i].get(0).toLongArray());
          assertArrayEquals(rows[i].get(1).toLongArray(), back[i].get(1).toLongArray());
        }
      }
    }
  }

  @Test
  void splitKeepsDataAndLabelsOfOneShape() {
    InstructionDataset data = alpaca();
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      NDList[] rows = new NDList[3];
      NDList[] labels = new NDList[3];
      for (int i = 0; i < 3; i++) {
        rows[i] = data.get(manager, i).getData();
        labels[i] = data.get(manager, i).getLabels();
      }
      CausalLmBatchifier batchifier = CausalLmBatchifier.forData(PaddingSide.LEFT, 3);
      CausalLmBatchifier labelBatchifier = CausalLmBatchifier.forLabels(PaddingSide.LEFT);
      NDList[] parts = batchifier.split(batchifier.batchify(rows), 2, false);
      NDList[] labelParts = labelBatchifier.split(labelBatchifier.batchify(labels), 2, false);
      assertEquals(2, parts.length);
      for (int i = 0; i < 2; i++) {
        assertEquals(parts[i].get(0).getShape(), labelParts[i].get(0).getShape());
      }
      assertEquals(new Shape(2, 256), parts[0].get(0).getShape());
    }
  }

  @Test
  void emptyBatchIsRefused() {
    assertThrows(
        IllegalArgumentException.class,
        () -> CausalLmBatchifier.forLabels(PaddingSide.LEFT).batchify(new NDList[0]));
  }

  @Test
  void iteratingGivesEveryRowOnceAndLeaksNothing() throws Exception {
    InstructionDataset data = alpaca();
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      for (int epoch = 0; epoch < 3; epoch++) {
        List<Long> seen = new ArrayList<>();
        for (Batch batch : data.getData(manager)) {
          seen.addAll(indices(batch));
          assertEquals(batch.getData().get(0).getShape(), batch.getLabels().get(0).getShape());
          batch.close();
        }
        assertEquals(new TreeSet<>(List.of(0L, 1L, 2L, 3L)), new TreeSet<>(seen));
        assertEquals(4, seen.size());
        assertTrue(manager.getManagedArrays().isEmpty());
      }
    }
  }

  @SuppressWarnings("unchecked")
  private static List<Long> indices(Batch batch) {
    return (List<Long>) batch.getIndices();
  }

  @Test
  void partsOfDjlStayInstructionDatasets() throws Exception {
    RandomAccessDataset[] parts = alpaca().randomSplit(3, 1);
    assertEquals(3, parts[0].size());
    assertEquals(1, parts[1].size());
    assertTrue(parts[0] instanceof InstructionDataset);
    assertTrue(
        alpaca().subDataset(List.of(2L, 0L)) instanceof InstructionDataset part
            && part.example(0).equals(alpaca().example(2)));
  }

  @Test
  void conversationsIdsAreThoseOfTheRenderedText() {
    Conversation conversation =
        Conversation.of(
            ChatMessage.system("You are terse."),
            ChatMessage.user("What is LoRA?"),
            ChatMessage.assistant("A low-rank adapter."),
            ChatMessage.user("And QLoRA?"),
            ChatMessage.assistant("The same in 4 bits."));
    Example example = InstructionDataset.of(List.of(conversation), tokenizer).build().example(0);
    String text = tokenizer.applyChatTemplate(conversation.messages(), false);
    assertEquals(text + "</s>", tokenizer.decode(example.inputIds(), false));
    int[] learned = Arrays.stream(example.labels()).filter(id -> id != Example.IGNORED).toArray();
    assertEquals(
        "A low-rank adapter.<|im_end|>\nThe same in 4 bits.<|im_end|>\n</s>",
        tokenizer.decode(learned, false));
  }

  @Test
  void chatTemplatePromptIsTheOneGenerationUses() {
    PromptTemplate template = PromptTemplate.chat(tokenizer);
    String prompt = template.prompt("Add.", "1 and 2");
    assertEquals("<|im_start|>user\nAdd.\n1 and 2<|im_end|>\n<|im_start|>assistant\n", prompt);
    Example example =
        InstructionDataset.alpaca(GOLDEN.resolve("alpaca.json"), tokenizer)
            .template(template)
            .build()
            .example(1);
    int[] start = tokenizer.encode(template.prompt("Add the two numbers.", "17 and 25"), false);
    assertArrayEquals(start, Arrays.copyOf(example.inputIds(), start.length));
    assertEquals(Example.IGNORED, example.labels()[start.length - 1]);
    assertTrue(example.labels()[start.length] != Example.IGNORED);
  }
}
