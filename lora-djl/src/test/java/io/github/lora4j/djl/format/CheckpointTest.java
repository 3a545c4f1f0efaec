// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.format;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.CheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CheckpointTest {
  private static final String SHARDED = "loading/llama-sharded-bf16/";
  private static final String FIRST = "model-00001-of-00002.safetensors";
  private static final String SECOND = "model-00002-of-00002.safetensors";
  private static final String INDEX = "model.safetensors.index.json";

  @TempDir Path directory;

  @ParameterizedTest
  @CsvSource({
    "models/llama, lm_head.weight, F32",
    "loading/llama-fp16, lm_head.weight, F16",
    "loading/llama-sharded-bf16, lm_head.weight, BF16",
    "loading/bloom-bin, word_embeddings.weight, F16"
  })
  void everyFormOfCheckpointIsFound(String name, String tensor, StoredType type) {
    try (Checkpoint checkpoint = Checkpoint.open(Golden.path(name))) {
      assertTrue(checkpoint.contains(tensor));
      assertFalse(checkpoint.contains("no." + tensor));
      assertEquals(type, checkpoint.tensor(tensor).type());
      for (String each : checkpoint.names()) {
        assertEquals(checkpoint.tensor(each).size(), checkpoint.tensor(each).toFloatArray().length);
      }
    }
  }

  @Test
  void shardsHaveTheTensorsOfTheWhole() {
    try (Checkpoint shards = Checkpoint.open(Golden.path(SHARDED));
        Checkpoint whole = Checkpoint.open(Golden.path("loading/llama-fp16"))) {
      assertEquals(whole.names().size(), shards.names().size());
      assertTrue(shards.names().containsAll(whole.names()));
    }
  }

  @Test
  void shardedTorchPicklesAreRead() throws IOException {
    Files.copy(Golden.torch("kinds.bin"), directory.resolve("pytorch_model-00001-of-00001.bin"));
    Files.writeString(
        directory.resolve("pytorch_model.bin.index.json"),
        "{\"weight_map\": {\"scalar\": \"pytorch_model-00001-of-00001.bin\"}}");
    try (Checkpoint checkpoint = Checkpoint.open(directory)) {
      assertArrayEquals(new float[] {7.25f}, checkpoint.tensor("scalar").toFloatArray());
    }
  }

  @Test
  void aMissingDirectoryIsNamed() {
    assertRefused(directory.resolve("none"), "none: no such directory");
  }

  @Test
  void aDirectoryWithoutWeightsIsAnsweredWithWhatWasLookedFor() {
    assertRefused(
        directory,
        "looked for [model.safetensors, model.safetensors.index.json, pytorch_model.bin,"
            + " pytorch_model.bin.index.json]");
  }

  @Test
  void aMissingShardIsNamed() throws IOException {
    copy(FIRST, FIRST);
    copy(INDEX, INDEX);
    assertRefused(directory, SECOND + ": missing, but ");
  }

  @Test
  void aTensorThatItsShardLacksIsNamed() throws IOException {
    copy(FIRST, FIRST);
    copy(FIRST, SECOND);
    copy(INDEX, INDEX);
    assertRefused(directory, "should be in " + SECOND + ", but is not");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "{'weight_map': {'a': '../model.safetensors'}} | weight_map.a is '../model.safetensors'",
        "{'weight_map': {'a': '/model.safetensors'}} | weight_map.a is '/model.safetensors'",
        "{'weight_map': {'a': 'model.h5'}} | expected a .safetensors or .bin file",
        "{'weight_map': {'a': 1}} | weight_map.a is the number 1, expected a string",
        "{'weight_map': []} | weight_map is missing or no object",
        "{} | weight_map is missing or no object",
        "{'weight_map': | no valid JSON",
        "[1] | holds no JSON object but the list [1]",
      })
  void aDamagedIndexIsRefused(String index, String message) throws IOException {
    Files.writeString(directory.resolve(INDEX), index.replace('\'', '"'));
    assertRefused(directory, message);
  }

  @Test
  void anUnknownTensorIsAnsweredWithThoseThereAre() {
    try (Checkpoint checkpoint = Checkpoint.open(Golden.path(SHARDED))) {
      CheckpointException e =
          assertThrows(CheckpointException.class, () -> checkpoint.tensor("lm_head.bias"));
      assertTrue(e.getMessage().contains("no tensor 'lm_head.bias'"), e.getMessage());
    }
  }

  private void copy(String from, String to) throws IOException {
    Files.copy(Golden.path(SHARDED + from), directory.resolve(to));
  }

  private static void assertRefused(Path path, String message) {
    CheckpointException e =
        assertThrows(CheckpointException.class, () -> Checkpoint.open(path).close());
    assertTrue(e.getMessage().startsWith(path.toString()), e.getMessage());
    assertTrue(e.getMessage().contains(message), e.getMessage());
  }
}
