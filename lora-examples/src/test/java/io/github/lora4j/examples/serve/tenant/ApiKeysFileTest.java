// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.serve.tenant;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.ConfigurationException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ApiKeysFileTest {
  @TempDir private Path directory;

  private ApiKeys read(String json) throws IOException {
    return ApiKeysFile.read(
        Files.writeString(directory.resolve("keys.json"), json.replace('\'', '"')));
  }

  @Test
  void aKeyOpensAsItselfOrByItsHash() throws IOException {
    ApiKeys keys =
        read(
            "{'tenants':[{'name':'acme','key':'0123456789abcdef','adapters':['acme-*','shared']},"
                + "{'name':'ops','administrator':true,'adapters':['*'],'sha256':'"
                + KeyHash.of("the key of operations").hex()
                + "'}]}");
    Tenant acme = keys.tenant(Optional.of("0123456789abcdef")).orElseThrow();
    assertEquals("acme", acme.name());
    assertTrue(acme.mayUse("acme-french") && acme.mayUse("shared") && acme.mayUse("acme-"));
    assertFalse(acme.mayUse("beta") || acme.mayUse("shared2") || acme.mayUse("xacme-french"));
    assertFalse(acme.administrator());
    assertTrue(keys.tenant(Optional.of("the key of operations")).orElseThrow().administrator());
  }

  @Test
  void anythingElseOpensNothing() throws IOException {
    ApiKeys keys = read("{'tenants':[{'name':'acme','key':'0123456789abcdef'}]}");
    assertTrue(keys.needsKey());
    assertEquals(Optional.empty(), keys.tenant(Optional.empty()));
    assertEquals(Optional.empty(), keys.tenant(Optional.of("")));
    assertEquals(Optional.empty(), keys.tenant(Optional.of("0123456789abcdeF")));
    assertEquals(Optional.empty(), keys.tenant(Optional.of(KeyHash.of("0123456789abcdef").hex())));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '\0',
      value = {
        "one JSON object; []",
        "no tenants; {}",
        "no tenants; {'tenants':[]}",
        "tenants[0].name is missing; {'tenants':[{'key':'0123456789abcdef'}]}",
        "either key or sha256; {'tenants':[{'name':'a'}]}",
        "at least 16 characters; {'tenants':[{'name':'a','key':'short'}]}",
        "64 hexadecimal digits; {'tenants':[{'name':'a','sha256':'xyz'}]}",
        "key of another entry;"
            + " {'tenants':[{'name':'a','key':'0123456789abcdef'},{'name':'b','key':'0123456789abcdef'}]}",
        "Unrecognized; {'tenants':[{'name':'a','key':'0123456789abcdef','admin':true}]}"
      })
  void aFileThatIsWrongSaysWhere(String said, String json) {
    String message = assertThrows(ConfigurationException.class, () -> read(json)).getMessage();
    assertTrue(message.contains(said) && message.contains("keys.json: "), message);
    assertFalse(message.contains("0123456789abcdef"), "a key in a message");
  }
}
