// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.blocks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the examples on DJL's blocks show. */
class BlockExampleTest {
  @TempDir Path directory;

  @Test
  void aConvolutionalNetworkLearnsInvertedImagesAndForgetsNothing() {
    assertAdapted(new ImageTask(), 8, 12, 0.3);
  }

  @Test
  void bertLearnsNewWordsAndForgetsNothing() {
    assertAdapted(new SentenceTask(), 8, 25, 0.15);
  }

  private void assertAdapted(BlockTask task, int baseEpochs, int epochs, double gain) {
    ByteArrayOutputStream shown = new ByteArrayOutputStream();
    PrintStream out = new PrintStream(shown, true, StandardCharsets.UTF_8);
    BlockOptions options = new BlockOptions(directory, baseEpochs, epochs, 8, 42);
    BlockResult result = new BlockExample(task, options, out).run();
    assertTrue(result.known() > 0.8, "the network knows its task: " + result);
    assertTrue(result.after() > result.before() + gain, "the adapter helps: " + result);
    assertEquals(result.known(), result.knownAfter(), "without it all is as before");
    String text = shown.toString(StandardCharsets.UTF_8);
    assertEquals(4, text.split("\n").length / 3, text);
  }
}
