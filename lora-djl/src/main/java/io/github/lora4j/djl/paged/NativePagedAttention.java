// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.paged;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import io.github.lora4j.djl.kernel.NativeKernels;
import io.github.lora4j.djl.kernel.NativeLowRank;
import io.github.lora4j.djl.kernel.NativeLowRank.Rows;
import io.github.lora4j.djl.kernel.NativePages;
import io.github.lora4j.djl.kernel.NativePages.Scores;
import io.github.lora4j.djl.kernel.NativePages.Sequences;
import io.github.lora4j.djl.nn.AttentionPass;
import io.github.lora4j.djl.nn.AttentionSpec;
import io.github.lora4j.djl.nn.Decoder;
import io.github.lora4j.djl.nn.QkvLayout;
import io.github.lora4j.djl.tape.Tape;
import java.util.Optional;

/** Attention of a step's rows to the pages of their sequences in C: a call a layer. */
final class NativePagedAttention implements AttentionPass {
  private final Kernels kernels;
  private final Sequences sequences;

  private NativePagedAttention(Kernels kernels, Sequences sequences) {
    this.kernels = kernels;
    this.sequences = sequences;
  }

  /**
   * What all steps share.
   *
   * @param pages the attention
   * @param rows finds rows of arrays
   * @param shape what pages hold
   * @param memory the address of the first page
   * @param attention how layers attend
   * @param slopes the address of what is added to scores, or 0
   */
  private record Kernels(
      NativePages pages,
      NativeLowRank rows,
      PageShape shape,
      long memory,
      AttentionSpec attention,
      long slopes) {
    NativePages.Layer layer(int index) {
      long floats = 2L * shape.keyValueHeads() * shape.tokens() * shape.headDim();
      return new NativePages.Layer(
          memory + index * floats * Float.BYTES,
          shape.floats(),
          shape.keyValueHeads(),
          shape.tokens(),
          shape.headDim());
    }

    Scores scores(int layer) {
      return new Scores(
          slopes,
          attention.window(layer),
          (float) attention.scores().scale(),
          (float) attention.scores().cap());
    }
  }

  /**
   * The native attention of a decoder.
   *
   * @return the attention, or empty if native code does not know the positions or the device
   */
  static Optional<PagedAttentions> of(Decoder decoder, PageMemory memory, NDManager owner) {
    float[] slopes = decoder.positions().slopes();
    boolean known = slopes.length > 0 || !decoder.positions().masksTokens();
    return memory
        .address()
        .filter(address -> known)
        .map(
            address ->
                new Kernels(
                    NativePages.get().orElseThrow(),
                    NativeLowRank.get().orElseThrow(),
                    memory.shape(),
                    address,
                    decoder.spec().attention(),
                    slopes.length == 0
                        ? 0
                        : NativeKernels.get().orElseThrow().address(owner.create(slopes))))
        .map(kernels -> (step, plan) -> new NativePagedAttention(kernels, plan.sequences()));
  }

  @Override
  public NDArray attend(int layer, NDArray qkv, QkvLayout layout, Tape tape) {
    NDList parts = layout.split(qkv);
    NDArray y = qkv.getManager().create(parts.get(0).getShape(), DataType.FLOAT32);
    kernels.pages.attend(
        kernels.layer(layer),
        rows(parts.get(0)),
        rows(parts.get(1)),
        rows(parts.get(2)),
        rows(y).address(),
        sequences,
        kernels.scores(layer));
    return y;
  }

  private Rows rows(NDArray array) {
    return kernels.rows.rows(array);
  }
}
