// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.ConfigurationException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AdapterSourceTest {
  @TempDir Path root;

  @Test
  void aDirectoryOffersWhatHasAConfiguration() throws IOException {
    Path french = Files.createDirectory(root.resolve("french"));
    Files.writeString(french.resolve("adapter_config.json"), "{}");
    Files.createDirectory(root.resolve("empty"));
    AdapterSource source = AdapterSource.directory(root);
    assertEquals(Set.of("french"), source.names());
    assertEquals(Optional.of(french), source.directory("french"));
    assertEquals(Optional.empty(), source.directory("../french"));
  }

  @Test
  void aDirectoryThatIsNoneIsNamed() {
    Path absent = root.resolve("absent");
    String message =
        assertThrows(ConfigurationException.class, () -> AdapterSource.directory(absent))
            .getMessage();
    assertTrue(message.contains(absent.toString()), message);
  }
}
