// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.paged;

import java.util.Arrays;

/** A sequence that a test feeds piece by piece. */
final class PagedSequence implements AutoCloseable {
  final BlockTable table;
  final String adapter;
  int[] tokens;
  int fed;

  PagedSequence(PagePool pool, String adapter, int... prompt) {
    table = new BlockTable(pool);
    this.adapter = adapter;
    tokens = prompt;
  }

  /** The next tokens, as many as there are or fewer. */
  SequenceRows rows(int most) {
    int to = Math.min(tokens.length, fed + most);
    if (!table.reserve(to)) {
      throw new AssertionError("the test's pool is too small");
    }
    SequenceRows rows =
        new SequenceRows(
            Arrays.copyOfRange(tokens, fed, to), fed, table, adapter, to == tokens.length);
    fed = to;
    return rows;
  }

  void append(int token) {
    tokens = PagedModels.with(tokens, token);
  }

  @Override
  public void close() {
    table.close();
  }
}
