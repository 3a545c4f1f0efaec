// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.serve;

import io.github.lora4j.djl.generate.ByteTokenizer;
import io.github.lora4j.djl.paged.PagePool;
import io.github.lora4j.djl.paged.PagedDecoder;
import io.github.lora4j.djl.paged.SequenceRows;
import io.github.lora4j.djl.paged.StepResult;
import io.github.lora4j.djl.paged.StepRows;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;

/**
 * A language model whose next token is a function of the adapter and of all tokens of the sequence,
 * which it reads back from the pages where it wrote them.
 */
final class FakeDecoder implements PagedDecoder {
  static final int MAX_LENGTH = 400;
  private static final int NOTHING = -1;

  private final PagePool pool;
  private final int[] memory;
  private final FakeAdapters adapters;

  /** Each step takes one, once it is set. */
  volatile Optional<Semaphore> permits = Optional.empty();

  /** Sees the rows of each step first, and may throw. */
  volatile Consumer<StepRows> hook = rows -> {};

  volatile boolean closed;
  volatile int widestStep;
  volatile int mostRows;

  FakeDecoder(PagePool pool, FakeAdapters adapters) {
    this.pool = pool;
    this.adapters = adapters;
    memory = new int[pool.pages() * pool.pageTokens()];
    Arrays.fill(memory, NOTHING);
  }

  /** What follows tokens under an adapter. */
  static int next(String adapter, List<Integer> tokens) {
    int hash = tokens.hashCode() * 31 + adapter.hashCode();
    return Math.floorMod(hash * 0x9E3779B9 >>> 7, ByteTokenizer.VOCABULARY);
  }

  @Override
  public PagePool pool() {
    return pool;
  }

  @Override
  public FakeAdapters adapters() {
    return adapters;
  }

  @Override
  public int maxLength() {
    return MAX_LENGTH;
  }

  @Override
  public int vocabularySize() {
    return ByteTokenizer.VOCABULARY;
  }

  @Override
  public long pageBytes() {
    return 4L * pool.pageTokens();
  }

  @Override
  public StepResult step(StepRows rows) {
    permits.ifPresent(Semaphore::acquireUninterruptibly);
    hook.accept(rows);
    widestStep = Math.max(widestStep, rows.sequences().size());
    mostRows = Math.max(mostRows, rows.count());
    List<Optional<Integer>> best = new ArrayList<>();
    for (SequenceRows sequence : rows.sequences()) {
      write(sequence);
      best.add(sequence.wantsLogits() ? Optional.of(next(sequence)) : Optional.empty());
    }
    return new Result(best);
  }

  private void write(SequenceRows sequence) {
    for (int i = 0; i < sequence.count(); i++) {
      memory[place(sequence, sequence.firstPosition() + i)] = sequence.tokenIds()[i];
    }
  }

  private int next(SequenceRows sequence) {
    List<Integer> tokens = new ArrayList<>();
    for (int i = 0; i < sequence.length(); i++) {
      tokens.add(memory[place(sequence, i)]);
    }
    return next(adapters.name(sequence.adapter()), tokens);
  }

  private int place(SequenceRows sequence, int position) {
    int page = sequence.table().page(position / pool.pageTokens());
    return page * pool.pageTokens() + position % pool.pageTokens();
  }

  @Override
  public void close() {
    closed = true;
  }

  private record Result(List<Optional<Integer>> best) implements StepResult {
    @Override
    public float[] logits(int sequence) {
      float[] logits = new float[ByteTokenizer.VOCABULARY];
      logits[argmax(sequence)] = 20;
      return logits;
    }

    @Override
    public int argmax(int sequence) {
      return best.get(sequence).orElseThrow();
    }
  }
}
