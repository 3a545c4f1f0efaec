// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.generate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class TokenListenerTest {
  @Test
  void textIsHandedOnWithoutEmptyPiecesAndNeverCancels() {
    List<String> heard = new ArrayList<>();
    TokenListener listener = TokenListener.ofText(heard::add);
    assertTrue(listener.onToken(0, 1, "a"));
    assertTrue(listener.onToken(0, 2, ""));
    assertTrue(listener.onToken(0, 3, "b"));
    assertEquals(List.of("a", "b"), heard);
  }

  @Test
  void silenceNeverCancels() {
    assertTrue(TokenListener.silent().onToken(0, 1, "a"));
  }
}
