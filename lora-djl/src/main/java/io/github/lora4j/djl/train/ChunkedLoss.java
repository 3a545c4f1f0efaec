// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDList;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.AdapterRows;
import io.github.lora4j.djl.kernel.EngineMode;
import io.github.lora4j.djl.kernel.TorchOp;
import io.github.lora4j.djl.nn.Decoder;
import io.github.lora4j.djl.nn.ForwardPass;
import io.github.lora4j.djl.tape.Tape;
import java.util.Arrays;

/**
 * The final norm, the head and the cross entropy, for the rows that learn only and a chunk of them
 * at a time, so that (tokens × vocabulary) is never held whole.
 */
final class ChunkedLoss {
  /** Logits held at a time: 16 MiB of them. */
  private static final int CHUNK_LOGITS = 4 << 20;

  private final Decoder decoder;
  private final boolean training;
  private final TorchOp selectRows;
  private final TorchOp addRows;
  private final TorchOp crossEntropySum;
  private final TorchOp crossEntropy;

  /**
   * Prepares for a decoder.
   *
   * @param decoder the decoder
   * @param training whether dropout is on
   */
  ChunkedLoss(Decoder decoder, boolean training) {
    this.decoder = decoder;
    this.training = training;
    selectRows = decoder.ops().selectRows();
    addRows = decoder.ops().addRows();
    crossEntropySum = decoder.ops().crossEntropySum();
    crossEntropy = decoder.ops().crossEntropyGradient();
  }

  /**
   * The summed loss, without gradients.
   *
   * @param hidden what the last layer gave, shape (T, hidden)
   * @param adapters which adapters apply to which of the T rows
   * @param targets what to predict
   * @return the sum over the targets
   */
  double sum(NDArray hidden, AdapterRows adapters, NextTokenTargets targets) {
    try (EngineMode mode = EngineMode.inference()) {
      double sum = 0;
      for (int from = 0; from < targets.count(); from += chunkRows()) {
        try (NDScope scope = new NDScope()) {
          Chunk chunk = chunk(hidden.getManager(), adapters, targets, from);
          NDArray logits =
              decoder.logits(selectRows.apply(hidden, chunk.rows), pass(chunk, Tape.NONE));
          sum += crossEntropySum.apply(logits, chunk.labels).getFloat();
        }
      }
      return sum;
    }
  }

  /**
   * The loss of each target, and the gradient of their weighted sum on the head's parameters and on
   * the hidden states.
   *
   * @param hidden what the last layer gave, shape (T, hidden)
   * @param adapters which adapters apply to which of the T rows
   * @param targets what to predict
   * @param weights what each target's loss is multiplied by, usually 1 / targets of the step
   * @param hiddenLearns whether the hidden states' gradient is wanted
   * @return the losses and the gradient
   */
  Result backward(
      NDArray hidden,
      AdapterRows adapters,
      NextTokenTargets targets,
      float[] weights,
      boolean hiddenLearns) {
    NDManager manager = hidden.getManager();
    NDArray gradient = manager.zeros(hidden.getShape());
    float[] losses = new float[targets.count()];
    for (int from = 0; from < targets.count(); from += chunkRows()) {
      try (NDScope scope = new NDScope()) {
        Chunk chunk = chunk(manager, adapters, targets, from);
        NDArray scale = manager.create(Arrays.copyOfRange(weights, from, from + chunk.count()));
        float[] part = chunkBackward(hidden, chunk, scale, hiddenLearns, gradient);
        System.arraycopy(part, 0, losses, from, part.length);
      }
    }
    return new Result(losses, gradient);
  }

  private float[] chunkBackward(
      NDArray hidden, Chunk chunk, NDArray weights, boolean hiddenLearns, NDArray gradient) {
    try (EngineMode mode = EngineMode.inference();
        Tape tape = Tape.ofSegment()) {
      NDArray selected = selectRows.apply(hidden, chunk.rows);
      tape.begin(selected, hiddenLearns);
      NDArray logits = decoder.logits(selected, pass(chunk, tape));
      NDList lossesAndGradient = crossEntropy.applyAll(logits, chunk.labels, weights);
      tape.backward(logits, lossesAndGradient.get(1), selected)
          .ifPresent(rows -> addRows.apply(gradient, chunk.rows, rows));
      return lossesAndGradient.get(0).toFloatArray();
    }
  }

  private ForwardPass pass(Chunk chunk, Tape tape) {
    return ForwardPass.ofRows(training, tape).with(chunk.adapters);
  }

  private int chunkRows() {
    return Math.max(1, CHUNK_LOGITS / decoder.spec().vocabularySize());
  }

  private Chunk chunk(NDManager manager, AdapterRows adapters, NextTokenTargets targets, int from) {
    int to = Math.min(targets.count(), from + chunkRows());
    return new Chunk(
        longs(manager, targets.rows(), from, to),
        longs(manager, targets.labels(), from, to),
        adapters.select(Arrays.copyOfRange(targets.rows(), from, to)));
  }

  private static NDArray longs(NDManager manager, int[] values, int from, int to) {
    long[] copy = Arrays.stream(values, from, to).asLongStream().toArray();
    return manager.create(copy, new Shape(copy.length));
  }

  /**
   * Losses and the gradient of their weighted sum.
   *
   * @param losses the cross entropy of each target, unweighted
   * @param gradient of the hidden states, shape (T, hidden), zero where nothing learns
   */
  record Result(float[] losses, NDArray gradient) {}

  private record Chunk(NDArray rows, NDArray labels, AdapterRows adapters) {
    int count() {
      return Math.toIntExact(labels.size());
    }
  }
}
