// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.lora4j.CheckpointException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each kind of damage is one exception that names the file and what is wrong. */
class SafetensorsDamageTest {
  @TempDir Path directory;

  /** Header, bytes of data, and what the message says. Single quotes stand for double ones. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]} | 8 | header is no valid JSON",
        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}} x | 8 | header is no valid JSON",
        "[] | 0 | the header is BEGIN_ARRAY, expected BEGIN_OBJECT",
        "{'a':1} | 0 | tensor 'a' is NUMBER, expected BEGIN_OBJECT",
        "{'a':{'dtype':'F8_E4M3','shape':[8],'data_offsets':[0,8]}} | 8 | dtype 'F8_E4M3'",
        "{'a':{'dtype':3,'shape':[2],'data_offsets':[0,8]}} | 8 | dtype is NUMBER",
        "{'a':{'dtype':'F32','shape':[-2],'data_offsets':[0,8]}} | 8 | shape contains -2",
        "{'a':{'dtype':'F32','shape':[2.5],'data_offsets':[0,8]}} | 8 | shape contains 2.5",
        "{'a':{'dtype':'F32','shape':['2'],'data_offsets':[0,8]}} | 8 | shape is STRING",
        "{'a':{'dtype':'F32','shape':[9223372036854775808],'data_offsets':[0,8]}} | 8"
            + " | shape contains 9223372036854775808",
        "{'a':{'dtype':'F32','shape':[4294967296,4294967296],'data_offsets':[0,8]}} | 8"
            + " | more than 2^63 bytes",
        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[8,0]}} | 8 | begin <= end",
        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[8]}} | 8 | begin <= end",
        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[-8,0]}} | 8 | data_offsets contains -8",
        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,12]}} | 12 | but F32 [2] takes 8",
        "{'a':{'dtype':'F32','shape':[2]}} | 8 | expected [dtype, shape, data_offsets]",
        "{'a':{'dtype':'F32','dtype':'F32','shape':[2],'data_offsets':[0,8]}} | 8 | dtype twice",
        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}} | 7 | the file is truncated",
        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]}} | 9 | but it has 9 bytes",
        "{'a':{'dtype':'F32','shape':[2],'data_offsets':[4,12]}} | 12 | leaves a hole after the",
        "{'a':{'dtype':'U8','shape':[2],'data_offsets':[0,2]},"
            + "'b':{'dtype':'U8','shape':[2],'data_offsets':[3,5]}} | 5"
            + " | leaves a hole after tensor 'a'",
        "{'a':{'dtype':'U8','shape':[2],'data_offsets':[0,2]},"
            + "'b':{'dtype':'U8','shape':[2],'data_offsets':[1,3]}} | 3 | overlaps tensor 'a'",
        "{'a':{'dtype':'U8','shape':[2],'data_offsets':[0,2]},"
            + "'a':{'dtype':'U8','shape':[2],'data_offsets':[2,4]}} | 4 | 'a' occurs twice",
        "{'__metadata__':{},'__metadata__':{}} | 0 | __metadata__ occurs twice",
        "{'__metadata__':{'format':1}} | 0 | __metadata__.format is NUMBER",
        "{'__metadata__':[]} | 0 | __metadata__ is BEGIN_ARRAY",
      })
  void aDamagedHeaderIsRefused(String header, int dataBytes, String message) throws IOException {
    Path path = directory.resolve("model.safetensors");
    DamagedFiles.write(path, header.replace('\'', '"'), new byte[dataBytes]);
    assertRefused(path, message);
  }

  @Test
  void aFileOfLessThanEightBytesIsRefused() throws IOException {
    Path path = Files.write(directory.resolve("short.safetensors"), new byte[7]);
    assertRefused(path, "has 7 bytes");
    assertRefused(Files.write(path, new byte[0]), "has 0 bytes");
  }

  @Test
  void aHeaderLongerThanTheFileIsRefused() throws IOException {
    Path path = directory.resolve("model.safetensors");
    DamagedFiles.write(path, 100, "{}".getBytes(), new byte[0]);
    assertRefused(path, "header length is 100, but only 2 bytes follow");
  }

  @Test
  void anAbsurdHeaderLengthIsRefusedBeforeAnythingIsAllocated() throws IOException {
    Path path = directory.resolve("model.safetensors");
    DamagedFiles.write(path, 100_000_001, "{}".getBytes(), new byte[0]);
    assertRefused(path, "header length is 100000001, expected at most 100000000");
    DamagedFiles.write(path, -1, "{}".getBytes(), new byte[0]);
    assertRefused(path, "header length is 18446744073709551615");
  }

  @Test
  void aHeaderThatIsNoUtf8IsRefused() throws IOException {
    Path path = directory.resolve("model.safetensors");
    DamagedFiles.write(path, 3, new byte[] {'{', (byte) 0xff, '}'}, new byte[0]);
    assertRefused(path, "no valid UTF-8");
  }

  @Test
  void aMissingFileAndADirectoryAreRefused() {
    assertRefused(directory.resolve("none.safetensors"), "not found");
    assertRefused(directory, "not found or no regular file");
  }

  @Test
  void emptyFilesOfTensorsAndEmptyTensorsAreNoDamage() throws IOException {
    Path path = directory.resolve("model.safetensors");
    DamagedFiles.write(path, "{}  ", new byte[0]);
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      assertTrue(file.names().isEmpty());
    }
    String header =
        "{'e':{'dtype':'F32','shape':[0,4294967296,4294967296],'data_offsets':[4,4]},"
            + "'s':{'dtype':'F32','shape':[],'data_offsets':[0,4],'later':{'x':[1]}}}";
    DamagedFiles.write(path, header.replace('\'', '"'), new byte[4]);
    try (SafetensorsFile file = SafetensorsFile.open(path)) {
      assertEquals(0, file.tensor("e").toFloatArray().length);
      assertEquals(1, file.tensor("s").toFloatArray().length);
    }
  }

  @Test
  void everyTruncationOfAFileIsRefused() throws IOException {
    byte[] whole =
        Files.readAllBytes(Golden.path("models/bloom/adapters/default/adapter_model.safetensors"));
    Path path = directory.resolve("model.safetensors");
    for (int length = 0; length < whole.length; length += length < 2000 ? 1 : 97) {
      Files.write(path, Arrays.copyOf(whole, length));
      assertRefused(path, "model.safetensors");
    }
  }

  @Test
  void aFlippedByteIsRefusedOrLeavesAReadableFile() throws IOException {
    byte[] whole =
        Files.readAllBytes(Golden.path("models/bloom/adapters/default/adapter_model.safetensors"));
    Path path = directory.resolve("model.safetensors");
    Random random = new Random(7);
    int refused = 0;
    for (int at = 0; at < 700; at++) {
      byte[] damaged = whole.clone();
      damaged[at] ^= (byte) (1 + random.nextInt(255));
      Files.write(path, damaged);
      try (SafetensorsFile file = SafetensorsFile.open(path)) {
        file.names().forEach(name -> file.tensor(name).bytes());
      } catch (CheckpointException e) {
        refused++;
      }
    }
    assertTrue(refused > 300, refused + " refused");
  }

  @Test
  void aRefusedFileIsNotLeftOpen() throws IOException {
    Path descriptors = Path.of("/proc/self/fd");
    assumeTrue(Files.isDirectory(descriptors));
    Path path = Files.write(directory.resolve("short.safetensors"), new byte[7]);
    for (int i = 0; i < 50; i++) {
      assertThrows(CheckpointException.class, () -> SafetensorsFile.open(path));
    }
    try (Stream<Path> open = Files.list(descriptors)) {
      assertEquals(0, open.filter(link -> pointsTo(link, path)).count());
    }
  }

  private static boolean pointsTo(Path link, Path path) {
    try {
      return Files.readSymbolicLink(link).equals(path);
    } catch (IOException e) {
      return false;
    }
  }

  private static void assertRefused(Path path, String message) {
    CheckpointException e =
        assertThrows(CheckpointException.class, () -> SafetensorsFile.open(path).close());
    assertTrue(e.getMessage().startsWith(path.toString()), e.getMessage());
    assertTrue(e.getMessage().contains(message), e.getMessage());
  }
}
