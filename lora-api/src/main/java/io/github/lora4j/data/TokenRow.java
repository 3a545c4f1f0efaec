// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.data;

import java.util.Arrays;
import java.util.BitSet;

/** A row of token ids that grows piece by piece, each piece learned or not. */
final class TokenRow {
  private final LlmTokenizer tokenizer;
  private final String text;
  private final BitSet learned = new BitSet();
  private int[] ids = {};
  private int textEnd;
  private int lastPieceStart;

  /** A row of the given text, to be appended by positions in it. */
  TokenRow(LlmTokenizer tokenizer, String text) {
    this.tokenizer = tokenizer;
    this.text = text;
  }

  int textLength() {
    return text.length();
  }

  /** Appends the text up to {@code end}. */
  void append(int end, boolean learn) {
    if (end > textEnd) {
      append(continuation(end), learn);
      textEnd = end;
    }
  }

  /** Appends ids. */
  void append(int[] piece, boolean learn) {
    lastPieceStart = ids.length;
    ids = Arrays.copyOf(ids, ids.length + piece.length);
    System.arraycopy(piece, 0, ids, lastPieceStart, piece.length);
    learned.set(lastPieceStart, ids.length, learn);
  }

  /**
   * The ids that the next piece adds to the text so far. A tokenizer that marks word starts gives a
   * piece on its own a start that it has not inside the text; where tokens merge across the border
   * the piece is encoded on its own, as it is when a model continues a prompt.
   */
  private int[] continuation(int end) {
    int[] joint = tokenizer.encode(text.substring(0, end), false);
    int difference = Arrays.mismatch(ids, joint);
    return difference < 0 || difference == ids.length
        ? Arrays.copyOfRange(joint, ids.length, joint.length)
        : tokenizer.encode(text.substring(textEnd, end), false);
  }

  /** Whether the row ends with one of the ids. */
  boolean endsWithAny(int[] candidates) {
    return ids.length > 0 && contains(candidates, ids[ids.length - 1]);
  }

  /** Whether the last piece holds one of the ids. */
  boolean learnedAny(int[] candidates) {
    for (int i = lastPieceStart; i < ids.length; i++) {
      if (contains(candidates, ids[i])) {
        return true;
      }
    }
    return false;
  }

  /** The row cut at {@code maxLength}, the pieces that are not learned masked if asked. */
  Example toExample(boolean mask, int maxLength) {
    int[] cut = Arrays.copyOf(ids, Math.min(ids.length, maxLength));
    int[] labels = cut.clone();
    for (int i = 0; mask && i < labels.length; i++) {
      if (!learned.get(i)) {
        labels[i] = Example.IGNORED;
      }
    }
    return new Example(cut, labels);
  }

  private static boolean contains(int[] candidates, int id) {
    return Arrays.stream(candidates).anyMatch(candidate -> candidate == id);
  }
}
