// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.quickstart;

import com.google.gson.Gson;
import com.google.gson.JsonParseException;
import io.github.lora4j.DatasetException;
import io.github.lora4j.data.InstructionRecord;
import io.github.lora4j.data.PromptTemplate;
import io.github.lora4j.examples.answers.Questions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** Reads the records to judge by. */
final class HeldOut {
  private HeldOut() {}

  static Questions read(Path file, int limit, PromptTemplate template) {
    try {
      InstructionRecord[] records =
          new Gson().fromJson(Files.readString(file), InstructionRecord[].class);
      return Questions.of(Arrays.stream(records).limit(limit).toList(), template);
    } catch (IOException | JsonParseException e) {
      throw new DatasetException(file + ": cannot be read: " + e.getMessage(), e);
    }
  }
}
