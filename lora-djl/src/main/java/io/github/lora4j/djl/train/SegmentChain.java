// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.pytorch.engine.PtNDArray;
import ai.djl.pytorch.jni.JniUtils;
import io.github.lora4j.djl.kernel.EngineMode;
import io.github.lora4j.djl.nn.Decoder;
import io.github.lora4j.djl.nn.ForwardPass;
import io.github.lora4j.djl.nn.RaggedBatch;
import io.github.lora4j.djl.tape.Tape;
import io.github.lora4j.train.GradientCheckpointing;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/**
 * A decoder's layers as a chain of segments, walked forward and then backward.
 *
 * <p>Layers below the first trainable one only go forward. With checkpointing, a segment's input is
 * all that the forward walk keeps; the backward walk runs the segment again and frees it before the
 * next. The last segment is run once, for its backward walk follows at once.
 */
final class SegmentChain {
  /** The index, before all layers, from which dropout at the embedding draws. */
  private static final int EMBEDDING = -1;

  private final Decoder decoder;
  private final GradientCheckpointing checkpointing;

  SegmentChain(Decoder decoder, GradientCheckpointing checkpointing) {
    this.decoder = decoder;
    this.checkpointing = checkpointing;
  }

  /**
   * Walks forward.
   *
   * @param manager owns the walk's arrays; closed by the caller when the step is over
   * @param batch the tokens
   * @param pass the batch's pass
   * @return the walk, its output ready and its backward walk due
   */
  Walk forward(NDManager manager, RaggedBatch batch, ForwardPass pass) {
    int numLayers = decoder.numLayers();
    int first = decoder.firstTrainableLayer();
    int size = checkpointing.segmentLayers(numLayers);
    NDArray hidden = embedAndSkip(manager, batch, pass, first);
    Deque<Segment> segments = new ArrayDeque<>();
    for (int from = Math.max(0, first); from < numLayers; from += size) {
      int to = Math.min(numLayers, from + size);
      boolean last = to == numLayers;
      boolean inputLearns = first < from;
      Segment segment = new Segment(hidden, from, to, inputLearns, pass);
      hidden = last ? segment.runNoted() : segment.run();
      segments.push(segment);
    }
    return new Walk(batch, pass, hidden, segments, first);
  }

  private NDArray embedAndSkip(NDManager manager, RaggedBatch batch, ForwardPass pass, int first) {
    try (EngineMode mode = EngineMode.inference()) {
      NDArray embedded = embed(manager, batch, pass);
      if (first <= 0) {
        return embedded;
      }
      NDArray hidden = decoder.layers(embedded, pass, 0, first);
      embedded.close();
      return hidden;
    }
  }

  private NDArray embed(NDManager manager, RaggedBatch batch, ForwardPass pass) {
    pass.seeds().enter(EMBEDDING);
    return decoder.embed(manager, batch.tokenIds(), batch.positions(), pass);
  }

  static void backward(NDArray output, NDArray gradient) {
    JniUtils.backward((PtNDArray) output, (PtNDArray) gradient, false, false);
  }

  /** A cut-off copy of an array, sharing its values, that collects a gradient of its own. */
  static NDArray leaf(NDArray array) {
    NDArray leaf = array.stopGradient();
    leaf.setRequiresGradient(true);
    return leaf;
  }

  /** Some layers, their input, and, while it is recorded, their output. */
  private final class Segment {
    private final NDArray input;
    private final int from;
    private final int to;
    private final boolean inputLearns;
    private final ForwardPass pass;
    private Tape tape = Tape.NONE;
    private NDArray output;

    Segment(NDArray hidden, int from, int to, boolean inputLearns, ForwardPass pass) {
      this.input = hidden;
      this.from = from;
      this.to = to;
      this.inputLearns = inputLearns;
      this.pass = pass;
      output = hidden;
    }

    NDArray run() {
      try (EngineMode mode = EngineMode.inference()) {
        return decoder.layers(input, pass, from, to);
      }
    }

    NDArray runNoted() {
      tape = checkpointing.isEnabled() ? Tape.ofSegment() : Tape.ofWholePass();
      tape.begin(input, inputLearns);
      try (EngineMode mode = EngineMode.inference()) {
        output = decoder.layers(input, pass.on(tape), from, to);
        return output;
      }
    }

    /**
     * Runs again if need be, and goes backward.
     *
     * @return the gradient of the input, or of no use where the input does not learn
     */
    NDArray backward(NDArray outputGradient) {
      if (!tape.isRecording()) {
        runNoted();
      }
      try (EngineMode mode = EngineMode.inference()) {
        Optional<NDArray> inputGradient = tape.backward(output, outputGradient, input);
        output.close();
        input.close();
        return inputGradient.orElse(input);
      }
    }
  }

  /** One batch on its way: forward done, backward due. */
  final class Walk {
    private final RaggedBatch batch;
    private final ForwardPass pass;
    private final NDArray output;
    private final Deque<Segment> segments;
    private final int first;

    private Walk(
        RaggedBatch batch, ForwardPass pass, NDArray output, Deque<Segment> segments, int first) {
      this.batch = batch;
      this.pass = pass;
      this.output = output;
      this.segments = segments;
      this.first = first;
    }

    /**
     * What the last layer gave.
     *
     * @return hidden states, shape (T, hidden)
     */
    NDArray output() {
      return output;
    }

    /**
     * Whether anything below the final norm has something to train.
     *
     * @return true if {@link #backward} has work to do
     */
    boolean learns() {
      return first < decoder.numLayers();
    }

    /**
     * Walks backward; each trainable parameter's gradient is added to.
     *
     * @param outputGradient the gradient of {@link #output}, shape (T, hidden); closed here
     */
    void backward(NDArray outputGradient) {
      NDArray gradient = outputGradient;
      while (!segments.isEmpty()) {
        gradient = segments.pop().backward(gradient);
      }
      if (first < 0) {
        embedBackward(gradient);
      }
      pass.attention().finishBackward();
    }

    private void embedBackward(NDArray gradient) {
      try (EngineMode mode = EngineMode.recording();
          NDArray embedded = embed(gradient.getManager(), batch, pass)) {
        SegmentChain.backward(embedded, gradient.toType(DataType.FLOAT32, false));
      }
      gradient.close();
    }
  }
}
