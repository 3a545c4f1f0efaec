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
   * The summed loss, and the gradient of {@code weight · sum} on the head's parameters and on the
   * hidden states.
   *
   * @param hidden what the last layer gave, shape (T, hidden)
   * @param adapters which adapters apply to which of the T rows
   * @param targets what to predict
   * @param weight what the sum is multiplied by, usually 1 / tokens of the step
   * @param hiddenLearns whether the hidden states' gradient is wanted
   * @return the sum and the gradient
   */
  Result backward(
      NDArray hidden,
      AdapterRows adapters,
      NextTokenTargets targets,
      float weight,
      boolean hiddenLearns) {
    NDManager manager = hidden.getManager();
    NDArray gradient = manager.zeros(hidden.getShape());
    NDArray scale = manager.create(weight);
    double sum = 0;
    for (int from = 0; from < targets.count(); from += chunkRows()) {
      try (NDScope scope = new NDScope()) {
        Chunk chunk = chunk(manager, adapters, targets, from);
        sum += chunkBackward(hidden, chunk, scale, hiddenLearns, gradient);
      }
    }
    return new Result(sum, gradient);
  }

  private double chunkBackward(
      NDArray hidden, Chunk chunk, NDArray weight, boolean hiddenLearns, NDArray gradient) {
    try (EngineMode mode = EngineMode.inference();
        Tape tape = Tape.ofSegment()) {
      NDArray selected = selectRows.apply(hidden, chunk.rows);
      tape.begin(selected, hiddenLearns);
      NDArray logits = decoder.logits(selected, pass(chunk, tape));
      NDList sumAndGradient = crossEntropy.applyAll(logits, chunk.labels, weight);
      tape.backward(logits, sumAndGradient.get(1), selected)
          .ifPresent(rows -> addRows.apply(gradient, chunk.rows, rows));
      return sumAndGradient.get(0).getFloat();
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
   * A loss and its gradient.
   *
   * @param sum the summed cross entropy, unweighted
   * @param gradient of the hidden states, shape (T, hidden), zero where nothing learns
   */
  record Result(double sum, NDArray gradient) {}

  private record Chunk(NDArray rows, NDArray labels, AdapterRows adapters) {}
}
