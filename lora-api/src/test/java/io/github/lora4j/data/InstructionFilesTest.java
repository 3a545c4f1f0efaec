// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.DatasetException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class InstructionFilesTest {
  @TempDir Path directory;

  private Path file(String content) throws IOException {
    return Files.writeString(directory.resolve("data.json"), content);
  }

  private static String first(InstructionDatasetBuilder builder) {
    return CharTokenizer.text(builder.build().example(0));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "[{\"instruction\":\"i\",\"input\":\"x\",\"output\":\"o\"}]",
        "\uFEFF  [\n{\"instruction\":\"i\",\"input\":\"x\",\"output\":\"o\",\"extra\":[1]}\n]\n",
        "{\"instruction\":\"i\",\"input\":\"x\",\"output\":\"o\"}",
        "\uFEFF\n{\"instruction\":\"i\",\"input\":\"x\",\"output\":\"o\"}\r\n\n",
      })
  void arrayAndLinesAreToldApartByContent(String content) throws IOException {
    assertEquals(
        "^Human: i\nx\n\nAssistant: o$",
        first(InstructionDataset.alpaca(file(content), new CharTokenizer())));
  }

  @Test
  void inputMayBeAbsentOrNull() throws IOException {
    Path file =
        file(
            """
            {"instruction":"i","output":"o"}
            {"instruction":"i","input":null,"output":"o"}
            """);
    InstructionDataset data = InstructionDataset.alpaca(file, new CharTokenizer()).build();
    assertEquals("^Human: i\n\nAssistant: o$", CharTokenizer.text(data.example(0)));
    assertEquals(data.example(0), data.example(1));
  }

  @Test
  void promptCompletionAndChatAreRead() throws IOException {
    assertEquals(
        "^pc$",
        first(
            InstructionDataset.promptCompletion(
                file("{\"prompt\":\"p\",\"completion\":\"c\"}"), new CharTokenizer())));
    assertEquals(
        "<user>q$<assistant>a$",
        first(
            InstructionDataset.chat(
                file(
                    "[{\"messages\":[{\"role\":\"user\",\"content\":\"q\"},"
                        + "{\"role\":\"assistant\",\"content\":\"a\"}]}]"),
                new CharTokenizer())));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "``|the file is empty",
        "` \n `|the file is empty",
        "[]|the array is empty",
        "[{\"instruction\":\"i\",\"output\":\"o\"},{\"instruction\":\"i\"}]|record 2: field \"output\" is missing",
        "[{\"instruction\":\"i\",\"output\":7}]|record 1: field \"output\" must be a string, found a number",
        "[{\"instruction\":[],\"output\":\"o\"}]|record 1: field \"instruction\" must be a string, found an array",
        "[{\"instruction\":\"i\",\"input\":{},\"output\":\"o\"}]|record 1: field \"input\" must be a string, found an object",
        "[{\"instruction\":\"i\",\"output\":null}]|record 1: field \"output\" must be a string, found null",
        "[{\"instruction\":\"i\",\"output\":\" \\n\"}]|record 1: field \"output\" is blank",
        "[{\"instruction\":\"\",\"output\":\"o\"}]|record 1: field \"instruction\" is blank",
        "[7]|record 1: expected a JSON object, found a number",
        "`[{\"instruction\":\"i\",\n\"output\":\"o\"},\n{\"instruction\" \"i\"}]`|line 3",
        "[{\"instruction\":\"i\",\"output\":\"o\"}|malformed JSON",
        "[{\"instruction\":\"i\",\"output\":\"o\"}] x|malformed JSON",
        "[{'instruction':'i','output':'o'}]|malformed JSON",
        "`{\"instruction\":\"i\",\"output\":\"o\"}\n\n{\"instruction\":\"i\"`|line 3: malformed JSON",
        "`{\"instruction\":\"i\",\"output\":\"o\"}\n{\"output\":\"o\"}`|line 2: field \"instruction\" is missing",
        "`{\"instruction\":\"i\",\"output\":\"o\"}\n[]`|line 2: expected a JSON object, found an array",
        "plain text|line 1: malformed JSON",
      })
  void badAlpacaFileIsReportedWithItsPlace(String content, String found) throws IOException {
    Path file = file(content);
    DatasetException e =
        assertThrows(
            DatasetException.class, () -> InstructionDataset.alpaca(file, new CharTokenizer()));
    assertTrue(e.getMessage().startsWith(file.toString()), e.getMessage());
    assertTrue(e.getMessage().contains(found), e.getMessage());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{}|line 1: field \"messages\" is missing",
        "{\"messages\":{}}|line 1: field \"messages\" must be an array, found an object",
        "{\"messages\":[]}|line 1: field \"messages\" is an empty array",
        "{\"messages\":[\"x\"]}|line 1: field \"messages[0]\" must be an object, found a string",
        "{\"messages\":[{\"content\":\"x\"}]}|line 1, messages[0]: field \"role\" is missing",
        "{\"messages\":[{\"role\":\"user\",\"content\":[]}]}|line 1, messages[0]: field \"content\" must be a string",
        "{\"messages\":[{\"role\":\"assistant\",\"content\":\" \"}]}|line 1, messages[0]: field \"content\" of the assistant is blank",
      })
  void badChatFileIsReportedWithItsPlace(String content, String found) throws IOException {
    Path file = file(content);
    DatasetException e =
        assertThrows(
            DatasetException.class, () -> InstructionDataset.chat(file, new CharTokenizer()));
    assertTrue(e.getMessage().contains(found), e.getMessage());
  }

  @Test
  void missingFileIsReported() {
    DatasetException e =
        assertThrows(
            DatasetException.class,
            () -> InstructionDataset.alpaca(directory.resolve("none.json"), new CharTokenizer()));
    assertTrue(e.getMessage().endsWith("none.json: no such file"), e.getMessage());
  }

  @Test
  void directoryIsReported() {
    DatasetException e =
        assertThrows(
            DatasetException.class,
            () -> InstructionDataset.alpaca(directory, new CharTokenizer()));
    assertTrue(e.getMessage().contains("cannot be read"), e.getMessage());
  }

  @Test
  void otherEncodingsAreReported() throws IOException {
    Path file = directory.resolve("latin.json");
    Files.write(
        file, "[{\"instruction\":\"é\",\"output\":\"o\"}]".getBytes(StandardCharsets.ISO_8859_1));
    DatasetException e =
        assertThrows(
            DatasetException.class, () -> InstructionDataset.alpaca(file, new CharTokenizer()));
    assertTrue(e.getMessage().contains("not valid UTF-8"), e.getMessage());
  }

  @Test
  void deeplyNestedJsonIsReported() throws IOException {
    Path file = file("[".repeat(300_000));
    assertThrows(
        DatasetException.class, () -> InstructionDataset.alpaca(file, new CharTokenizer()));
  }
}
