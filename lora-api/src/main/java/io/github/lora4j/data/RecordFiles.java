// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.data;

import io.github.lora4j.DatasetException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** The three layouts of instruction files. */
final class RecordFiles {
  /** A record and its place, for messages. */
  record Located(String where, TrainingRecord record) {}

  private RecordFiles() {}

  /** Fields {@code instruction}, {@code input} (may be absent) and {@code output}. */
  static List<Located> alpaca(Path file) {
    return read(
        file,
        json ->
            new InstructionRecord(
                json.nonBlank("instruction"),
                json.optionalString("input"),
                json.nonBlank("output")));
  }

  /** Fields {@code prompt} and {@code completion}. */
  static List<Located> promptCompletion(Path file) {
    return read(
        file, json -> new PromptCompletion(json.string("prompt"), json.nonBlank("completion")));
  }

  /** Field {@code messages}: an array of {@code role} and {@code content}. */
  static List<Located> chat(Path file) {
    return read(file, RecordFiles::conversation);
  }

  /** Records that are there already, named by their position. */
  static List<Located> inMemory(List<? extends TrainingRecord> records) {
    if (records.isEmpty()) {
      throw new DatasetException("there is no record; expected at least one");
    }
    List<Located> located = new ArrayList<>(records.size());
    for (TrainingRecord record : records) {
      located.add(new Located("record " + (located.size() + 1), record));
    }
    return located;
  }

  private static Conversation conversation(JsonRecord json) {
    List<ChatMessage> messages = new ArrayList<>();
    for (JsonRecord turn : json.objects("messages")) {
      String role = turn.nonBlank("role");
      ChatMessage message = new ChatMessage(role, turn.string("content"));
      if (message.isAssistant() && message.content().isBlank()) {
        throw new DatasetException(
            turn.where()
                + ": field \"content\" of the assistant is blank; there is nothing to learn");
      }
      messages.add(message);
    }
    return new Conversation(messages);
  }

  private static List<Located> read(Path file, Function<JsonRecord, TrainingRecord> reader) {
    List<Located> records = new ArrayList<>();
    for (JsonRecord json : JsonRecords.read(file)) {
      records.add(new Located(json.where(), reader.apply(json)));
    }
    return records;
  }
}
