// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.format;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import io.github.lora4j.CheckpointException;
import java.io.IOException;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** JSON as its standard has it; gson alone also takes comments, single quotes and bad UTF-8. */
final class StrictJson {
  private static final long MAX_LENGTH = 100_000_000;

  private StrictJson() {}

  /** Reads a file that holds one JSON object. */
  static JsonObject readObject(Path path) {
    try (CheckpointFile file = CheckpointFile.open(path)) {
      if (file.size() > MAX_LENGTH) {
        throw file.error("has " + file.size() + " bytes, expected at most " + MAX_LENGTH);
      }
      JsonElement root = parse(file, decode(file, file.read(0, (int) file.size())));
      if (!root.isJsonObject()) {
        throw file.error("holds no JSON object but " + JsonTypes.describe(root));
      }
      return root.getAsJsonObject();
    }
  }

  /** Decodes UTF-8 and refuses what is none. */
  static String decode(CheckpointFile file, ByteBuffer bytes) {
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT)
          .decode(bytes)
          .toString();
    } catch (CharacterCodingException e) {
      throw new CheckpointException(
          file.path() + ": JSON is no valid UTF-8 (" + e.getMessage() + "); the file is damaged",
          e);
    }
  }

  private static JsonElement parse(CheckpointFile file, String text) {
    JsonReader reader = new JsonReader(new StringReader(text));
    reader.setStrictness(Strictness.STRICT);
    try {
      JsonElement root = JsonParser.parseReader(reader);
      if (reader.peek() == JsonToken.END_DOCUMENT) {
        return root;
      }
      throw file.error("no valid JSON (" + reader.peek() + " after its end); save the file again");
    } catch (JsonParseException | IOException e) {
      throw new CheckpointException(
          file.path() + ": no valid JSON (" + e.getMessage() + "); get or save the file again", e);
    }
  }
}
