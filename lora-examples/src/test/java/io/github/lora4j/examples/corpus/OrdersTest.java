// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.corpus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.lora4j.data.InstructionRecord;
import io.github.lora4j.examples.quickstart.Bundle;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class OrdersTest {
  private final Orders.Split split = Orders.make(3, 200, 50);

  @Test
  void sameSeedMakesTheSameRecords() {
    assertEquals(split, Orders.make(3, 200, 50));
  }

  @Test
  void noHeldOutOrderIsTrainedOn() {
    Set<String> trained =
        split.training().stream().map(InstructionRecord::output).collect(Collectors.toSet());
    assertTrue(split.heldOut().stream().noneMatch(record -> trained.contains(record.output())));
    assertEquals(200, trained.size());
    assertEquals(50, new HashSet<>(split.heldOut()).size());
  }

  @Test
  void everyAnswerIsAnOrderInJson() {
    for (InstructionRecord record : split.training()) {
      JsonObject order = JsonParser.parseString(record.output()).getAsJsonObject();
      assertEquals(Set.of("name", "count", "color", "item"), order.keySet());
      assertTrue(record.input().contains(order.get("name").getAsString()));
      assertTrue(record.input().contains(order.get("color").getAsString()));
    }
  }

  @Test
  void halfOfTheRecordsAreChinese() {
    long chinese =
        split.training().stream().filter(record -> record.instruction().contains("订单")).count();
    assertEquals(split.training().size(), 2 * chinese);
  }

  @Test
  void bundledFilesAreWhatTheGeneratorWrites(@TempDir Path directory) throws IOException {
    Path training = directory.resolve(Bundle.TRAINING);
    Path heldOut = directory.resolve(Bundle.HELD_OUT);
    OrderFiles.write(training, heldOut);
    assertEquals(bundled(Bundle.TRAINING), Files.readString(training));
    assertEquals(bundled(Bundle.HELD_OUT), Files.readString(heldOut));
  }

  private static String bundled(String name) throws IOException {
    try (InputStream in = Bundle.class.getResourceAsStream(name)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
