// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.github.lora4j.djl.kernel.EngineMode;
import io.github.lora4j.djl.nn.Decoder;
import io.github.lora4j.djl.nn.ForwardPass;
import io.github.lora4j.djl.nn.LayerSeeds;
import io.github.lora4j.djl.nn.RaggedBatch;

/** Losses of a decoder without gradients and without dropout. */
public final class Evaluation {
  private final Decoder decoder;
  private final ChunkedLoss loss;

  /**
   * Evaluates a decoder.
   *
   * @param decoder the decoder, as its adapters stand
   */
  public Evaluation(Decoder decoder) {
    this.decoder = decoder;
    loss = new ChunkedLoss(decoder, false);
  }

  /**
   * The summed loss of a batch.
   *
   * @param parent a sub-manager of it owns the work's arrays
   * @param batch the batch
   * @param paddedLabels its labels, cell by cell of the padded matrix; −100 is not counted
   * @return the sum over the labels
   */
  public double summedLoss(NDManager parent, RaggedBatch batch, long[] paddedLabels) {
    try (NDManager manager = parent.newSubManager();
        EngineMode mode = EngineMode.inference()) {
      NextTokenTargets targets = NextTokenTargets.shift(batch, paddedLabels);
      ForwardPass pass = decoder.sequencePass(manager, batch, false, LayerSeeds.NONE);
      NDArray embedded = decoder.embed(manager, batch.tokenIds(), batch.positions(), pass);
      NDArray hidden = decoder.layers(embedded, pass, 0, decoder.numLayers());
      return loss.sum(hidden, batch.adapters(), targets);
    }
  }
}
