// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.paged;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDArrays;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.djl.kernel.TorchOp;
import io.github.lora4j.djl.nn.AttentionPass;
import io.github.lora4j.djl.nn.Decoder;
import io.github.lora4j.djl.nn.QkvLayout;
import io.github.lora4j.djl.tape.Tape;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * Attention of a step's rows to the pages of their sequences, in libtorch's operators: the plain
 * version, which others are held against.
 */
final class PagedAttention implements AttentionPass {
  private final PageMemory memory;
  private final TorchOp store;
  private final TorchOp attend;
  private final List<NDArray> layers;
  private final NDArray pages;
  private final NDArray slots;
  private final List<Group> groups;

  /** Sequences that bring equally many rows; a mask a layer. */
  private record Group(
      NDArray first, NDArray tables, NDArray lengths, NDArray keys, List<NDArray> masks) {}

  /**
   * Prepares a step.
   *
   * @param decoder the model
   * @param memory the pages
   * @param step owns what the pass holds
   * @param plan the step's rows
   */
  PagedAttention(Decoder decoder, PageMemory memory, NDManager step, StepPlan plan) {
    this.memory = memory;
    PageShape shape = memory.shape();
    store = decoder.ops().op(PagedScript.store(shape));
    attend = decoder.ops().op(PagedScript.attend(shape, decoder.spec().attention().scores()));
    layers =
        IntStream.range(0, shape.layers()).mapToObj(layer -> step.create((long) layer)).toList();
    pages = step.create(plan.pages(shape.tokens()));
    slots =
        step.create(IntStream.of(plan.positions()).mapToLong(p -> p % shape.tokens()).toArray());
    groups = plan.groups().stream().map(group -> group(decoder, step, group)).toList();
  }

  private Group group(Decoder decoder, NDManager step, StepPlan.Group group) {
    int sequences = group.sequences().size();
    int longest = group.longest();
    List<NDArray> masks =
        decoder.tokenMasks(step, group.keysOfRows(), longest).stream()
            .map(mask -> byHead(mask, sequences, group.rows(), longest))
            .toList();
    return new Group(
        step.create((long) group.firstRow()),
        step.create(tables(group, longest)),
        step.create(group.sequences().stream().mapToLong(SequenceRows::length).toArray()),
        step.create(LongStream.range(0, longest).toArray()),
        masks);
  }

  /** (B·R, heads or 1, 1, S) → (B, heads or 1, R, S). */
  private static NDArray byHead(NDArray mask, int sequences, int rows, int keys) {
    long heads = mask.getShape().get(1);
    return mask.reshape(new Shape(sequences, rows, heads, keys)).transpose(0, 2, 1, 3);
  }

  /** Shorter tables go on with their first page, of which nothing is read. */
  private long[][] tables(StepPlan.Group group, int longest) {
    int width = (longest - 1) / memory.shape().tokens() + 1;
    return group.sequences().stream()
        .map(s -> IntStream.range(0, width).mapToLong(i -> page(s, i)).toArray())
        .toArray(long[][]::new);
  }

  private long page(SequenceRows sequence, int index) {
    boolean used = index * memory.shape().tokens() < sequence.length();
    return sequence.table().page(used ? index : 0);
  }

  @Override
  public NDArray attend(int layer, NDArray qkv, QkvLayout layout, Tape tape) {
    NDList parts = layout.split(qkv);
    NDArray at = layers.get(layer);
    store.apply(parts.get(1), parts.get(2), memory.array(), at, pages, slots).close();
    List<NDArray> attended =
        groups.stream()
            .map(
                group ->
                    attend.apply(
                        parts.get(0),
                        memory.array(),
                        at,
                        group.first,
                        group.tables,
                        group.lengths,
                        group.keys,
                        group.masks.get(layer)))
            .toList();
    return attended.size() == 1 ? attended.get(0) : NDArrays.concat(new NDList(attended), 0);
  }
}
