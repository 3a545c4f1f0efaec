// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.paged;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.djl.model.DecoderModel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** Adapters are read by one thread while another decodes; neither notices. */
class PagedLoadingTest {
  private static final Path LLAMA = PagedModels.MODELS.resolve("llama");
  private static final Path ADAPTER = LLAMA.resolve("adapters/all-linear");
  private static final int ROUNDS = 40;

  @Test
  void decodingGoesOnWhileAdaptersComeAndGo() throws InterruptedException, ExecutionException {
    ExecutorService loader = Executors.newSingleThreadExecutor();
    try (DecoderModel model = PagedModels.load(LLAMA);
        PagedDecoder decoder = PagedModels.paged(model, 4)) {
      PagedModels.load(decoder, "here", ADAPTER);
      float[] expected = logits(decoder, "here");
      int arrays = model.getNDManager().getManagedArrays().size();
      int free = decoder.pool().free();
      int rounds = 0;
      for (int i = 0; i < ROUNDS; i++) {
        rounds += round(decoder, loader, expected, "a" + i);
      }
      assertTrue(rounds >= ROUNDS, "steps were run meanwhile");
      assertEquals(free, decoder.pool().free());
      assertEquals(arrays, model.getNDManager().getManagedArrays().size());
    } finally {
      loader.shutdown();
    }
  }

  /** One adapter comes, is used and goes; gives the steps that were run while it came. */
  private static int round(
      PagedDecoder decoder, ExecutorService loader, float[] expected, String name)
      throws InterruptedException, ExecutionException {
    ResidentAdapters adapters = decoder.adapters();
    AdapterLoading loading = adapters.reserve(adapters.inspect(name, ADAPTER)).orElseThrow();
    Future<?> reading = loader.submit(loading::read);
    List<float[]> meanwhile = new ArrayList<>();
    do {
      meanwhile.add(logits(decoder, "here"));
    } while (!reading.isDone());
    reading.get();
    adapters.install(loading);
    assertArrayEquals(expected, logits(decoder, name), 1e-5f);
    adapters.evict(name);
    meanwhile.forEach(logits -> assertArrayEquals(expected, logits, 1e-5f));
    return meanwhile.size();
  }

  private static float[] logits(PagedDecoder decoder, String adapter) {
    try (PagedSequence sequence = new PagedSequence(decoder.pool(), adapter, 5, 17, 59, 3, 42)) {
      return decoder.step(new StepRows(List.of(sequence.rows(9)))).logits(0);
    }
  }
}
