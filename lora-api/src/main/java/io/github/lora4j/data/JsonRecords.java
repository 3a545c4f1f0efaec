// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.data;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import io.github.lora4j.DatasetException;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Reads the JSON objects of a file: either one array of them, or one on each line (JSON Lines). */
final class JsonRecords {
  private JsonRecords() {}

  /** The records of the file, at least one, each with its place in the file. */
  static List<JsonRecord> read(Path file) {
    String text = text(file);
    if (text.isBlank()) {
      throw new DatasetException(
          file + ": the file is empty; expected a JSON array or one JSON object per line");
    }
    List<JsonRecord> records =
        text.stripLeading().startsWith("[") ? array(file, text) : lines(file, text);
    if (records.isEmpty()) {
      throw new DatasetException(file + ": the array is empty; expected at least one record");
    }
    return records;
  }

  private static String text(Path file) {
    try {
      String text = Files.readString(file);
      return text.startsWith("\uFEFF") ? text.substring(1) : text;
    } catch (NoSuchFileException e) {
      throw new DatasetException(file + ": no such file", e);
    } catch (CharacterCodingException e) {
      throw new DatasetException(file + ": not valid UTF-8; convert the file to UTF-8", e);
    } catch (IOException | OutOfMemoryError e) {
      throw new DatasetException(file + ": cannot be read: " + e.getMessage(), e);
    }
  }

  private static List<JsonRecord> array(Path file, String text) {
    JsonArray array = parse(file.toString(), text).getAsJsonArray();
    List<JsonRecord> records = new ArrayList<>(array.size());
    for (int i = 0; i < array.size(); i++) {
      records.add(record("%s, record %d".formatted(file, i + 1), array.get(i)));
    }
    return records;
  }

  private static List<JsonRecord> lines(Path file, String text) {
    List<String> lines = text.lines().toList();
    List<JsonRecord> records = new ArrayList<>(lines.size());
    for (int i = 0; i < lines.size(); i++) {
      if (!lines.get(i).isBlank()) {
        String where = "%s, line %d".formatted(file, i + 1);
        records.add(record(where, parse(where, lines.get(i))));
      }
    }
    return records;
  }

  private static JsonRecord record(String where, JsonElement element) {
    if (element instanceof JsonObject object) {
      return new JsonRecord(where, object);
    }
    throw new DatasetException(
        "%s: expected a JSON object, found %s".formatted(where, JsonRecord.kind(element)));
  }

  private static JsonElement parse(String where, String text) {
    JsonReader reader = new JsonReader(new StringReader(text));
    reader.setStrictness(Strictness.STRICT);
    try {
      JsonElement element = JsonParser.parseReader(reader);
      if (reader.peek() != JsonToken.END_DOCUMENT) {
        throw new DatasetException(where + ": malformed JSON: something follows the value");
      }
      return element;
    } catch (JsonParseException | IOException e) {
      // Gson's message names the line and column inside the text.
      throw new DatasetException(where + ": malformed JSON: " + reason(e), e);
    }
  }

  private static String reason(Exception e) {
    Throwable cause = e.getCause() == null ? e : e.getCause();
    return String.valueOf(cause.getMessage()).lines().findFirst().orElse("unreadable");
  }
}
