// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.report;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.djl.report.EventReader.Message;
import io.github.lora4j.train.EvaluationReport;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TensorBoardReportTest {
  @TempDir Path directory;

  @Test
  void theReadersChecksumIsTheOneOfTheStandard() {
    assertEquals(0xe3069283, EventReader.crc32c("123456789".getBytes(StandardCharsets.US_ASCII)));
  }

  /** How every event file of TensorFlow begins: 24 bytes, and their masked checksum. */
  @Test
  void theFirstRecordIsFramedAsTensorFlowFramesIt() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (EventFile file = new EventFile(bytes)) {
      file.append(new ProtoMessage().number(1, 1.5e9).text(3, "brain.Event:2"));
    }
    byte[] start = Arrays.copyOf(bytes.toByteArray(), 13);
    assertArrayEquals(HexFormat.of().parseHex("1800000000000000a37f4b2209"), start);
  }

  @Test
  void longIntegersTakeSevenBitsAByte() {
    byte[] bytes = new ProtoMessage().integer(2, 300).integer(3, 0).toBytes();
    assertArrayEquals(new byte[] {0x10, (byte) 0xac, 0x02}, bytes);
  }

  @Test
  void aRunIsReadBackNumberByNumber() throws IOException {
    TensorBoardReport report =
        new TensorBoardReport(directory, new RunClock(() -> 0, () -> 1_700_000_000_250L));
    report.onStart(SomeRun.info(SomeRun.tuner()));
    report.onStep(SomeRun.step(1, 2.5));
    report.onStep(SomeRun.step(300, 1.25));
    report.onEvaluation(new EvaluationReport(300, 1.5));
    report.close();
    List<Message> events = EventReader.read(Files.readAllBytes(file()));
    assertEquals("brain.Event:2", events.get(0).text(3));
    assertEquals(1_700_000_000.25, events.get(0).only(1));
    Message table = events.get(1).message(5).message(1);
    assertEquals("configuration", table.text(1));
    assertEquals("text", table.message(9).message(1).text(1));
    assertEquals(7L, table.message(8).only(1));
    assertTrue(table.message(8).text(8).contains("| model | bloom |"), table.message(8).text(8));
    assertEquals(1L, events.get(2).only(2));
    assertEquals(300L, events.get(3).only(2));
    Map<String, Object> expected = new LinkedHashMap<>();
    expected.put("train/loss", 1.25f);
    expected.put("train/learning_rate", 2e-4f);
    expected.put("train/grad_norm", 0.5f);
    expected.put("train/tokens_per_second", 50.25f);
    expected.put("train/memory_bytes", (float) (3L << 29));
    assertEquals(expected, scalars(events.get(3)));
    assertEquals(Map.of("eval/loss", 1.5f), scalars(events.get(4)));
    assertEquals(5, events.size());
  }

  private Path file() throws IOException {
    try (Stream<Path> files = Files.list(directory.resolve("tensorboard"))) {
      List<Path> all = files.toList();
      assertEquals(1, all.size());
      String name = all.get(0).getFileName().toString();
      assertTrue(name.startsWith("events.out.tfevents.1700000000."), name);
      return all.get(0);
    }
  }

  private static Map<String, Object> scalars(Message event) {
    Map<String, Object> values = new LinkedHashMap<>();
    event.message(5).messages(1).forEach(value -> values.put(value.text(1), value.only(2)));
    return values;
  }
}
