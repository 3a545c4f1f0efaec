// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.serve.tenant;

import com.google.gson.JsonElement;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.examples.serve.openai.ApiException;
import io.github.lora4j.examples.serve.openai.RequestFields;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Reads a file of keys:
 *
 * <pre>{@code
 * {"tenants": [
 *   {"name": "acme", "key": "sk-3f9c…", "adapters": ["acme-*"]},
 *   {"name": "ops", "sha256": "9f86d0…", "adapters": ["*"], "administrator": true}
 * ]}
 * }</pre>
 *
 * <p>A tenant may have several entries with a key each.
 */
public final class ApiKeysFile {
  private static final int LEAST_KEY_LENGTH = 16;

  private ApiKeysFile() {}

  /**
   * Reads the file.
   *
   * @param file the file
   * @return its keys
   * @throws ConfigurationException if it cannot be read, or says what is wrong with which entry
   */
  public static ApiKeys read(Path file) {
    try {
      return parse(Files.readString(file));
    } catch (IOException e) {
      throw new ConfigurationException("%s: cannot be read: %s".formatted(file, e), e);
    } catch (ApiException | ConfigurationException e) {
      throw new ConfigurationException("%s: %s".formatted(file, e.getMessage()), e);
    }
  }

  private static ApiKeys parse(String json) {
    RequestFields fields = RequestFields.parse(json);
    List<JsonElement> tenants = fields.list("tenants").orElse(List.of());
    fields.finish();
    if (tenants.isEmpty()) {
      throw new ConfigurationException("no tenants: expected a list \"tenants\" of at least one");
    }
    List<ApiKeys.Entry> entries = new ArrayList<>(tenants.size());
    Set<KeyHash> seen = new HashSet<>();
    for (int i = 0; i < tenants.size(); i++) {
      ApiKeys.Entry entry = entry(tenants.get(i), "tenants[%d]".formatted(i));
      if (!seen.add(entry.hash())) {
        throw new ConfigurationException(
            "tenants[%d] (%s) has the key of another entry".formatted(i, entry.tenant().name()));
      }
      entries.add(entry);
    }
    return new ApiKeys(entries);
  }

  private static ApiKeys.Entry entry(JsonElement json, String path) {
    RequestFields fields = RequestFields.of(json, path);
    String name = fields.requiredString("name");
    KeyHash hash = hash(fields.string("key"), fields.string("sha256"), path);
    List<NamePattern> adapters =
        fields.list("adapters").orElse(List.of()).stream()
            .map(pattern -> new NamePattern(RequestFields.asString(pattern, path + ".adapters")))
            .toList();
    boolean administrator = fields.flag("administrator");
    fields.finish();
    return new ApiKeys.Entry(hash, new Tenant(name, adapters, administrator));
  }

  private static KeyHash hash(Optional<String> key, Optional<String> sha256, String path) {
    if (key.isPresent() == sha256.isPresent()) {
      throw new ConfigurationException(path + ": expected either key or sha256");
    }
    if (key.isPresent()) {
      return ofKey(key.get(), path);
    }
    String hex = sha256.get().toLowerCase(Locale.ROOT);
    if (!hex.matches("[0-9a-f]{64}")) {
      throw new ConfigurationException(path + ".sha256: expected 64 hexadecimal digits");
    }
    return new KeyHash(hex);
  }

  private static KeyHash ofKey(String key, String path) {
    if (key.length() < LEAST_KEY_LENGTH) {
      throw new ConfigurationException(
          "%s.key: expected at least %d characters, found %d; openssl rand -hex 24 makes a good one"
              .formatted(path, LEAST_KEY_LENGTH, key.length()));
    }
    return KeyHash.of(key);
  }
}
