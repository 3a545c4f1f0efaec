// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;

/** Reads the resources of the tests. */
public final class TestResources {
  private TestResources() {}

  public static String read(String name) {
    ClassLoader loader = Objects.requireNonNull(TestResources.class.getClassLoader());
    try (InputStream in = loader.getResourceAsStream(name)) {
      return new String(Objects.requireNonNull(in, name).readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static List<String> strings(JsonElement array) {
    return array.getAsJsonArray().asList().stream().map(JsonElement::getAsString).toList();
  }

  public static JsonObject json(String name) {
    return JsonParser.parseString(read(name)).getAsJsonObject();
  }
}
