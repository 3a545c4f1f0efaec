// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.djl.kernel.TorchOps;
import io.github.lora4j.djl.tape.ActivationStep;
import java.util.Arrays;

/** What an encoder makes of its last hidden states. */
public sealed interface EncoderHead {
  /**
   * Computes logits.
   *
   * @param hidden shape (T, hidden)
   * @param tokens the batch they belong to
   * @param pass the batch's pass
   * @return shape (R, width), a row a token or a sequence
   */
  NDArray forward(NDArray hidden, RaggedBatch tokens, ForwardPass pass);

  /**
   * Whether there is a row for each token.
   *
   * @return false for a row for each sequence
   */
  boolean perToken();

  /**
   * Logits of one row.
   *
   * @return the number
   */
  int width();

  /**
   * Classifies a sequence by its first token, {@code out(activation(dense(h₀)))} (transformers:
   * {@code BertPooler} and classifier; {@code RobertaClassificationHead}).
   *
   * @param ops the operators
   * @param dense hidden to hidden
   * @param activation tanh
   * @param out hidden to labels
   */
  record FirstToken(TorchOps ops, ModuleSlot dense, ActivationStep activation, ModuleSlot out)
      implements EncoderHead {
    @Override
    public NDArray forward(NDArray hidden, RaggedBatch tokens, ForwardPass pass) {
      NDArray pooled = dense.forward(firstRows(hidden, tokens, pass), pass);
      return out.forward(activation.forward(pooled, pass.tape()), pass);
    }

    private NDArray firstRows(NDArray hidden, RaggedBatch tokens, ForwardPass pass) {
      long[] offsets = Arrays.stream(tokens.offsets()).asLongStream().toArray();
      NDArray rows = hidden.getManager().create(Arrays.copyOf(offsets, tokens.sequences()));
      NDArray first = ops.selectRows().apply(hidden, rows);
      if (pass.tape().tracks(hidden)) {
        Shape shape = hidden.getShape(); // the array itself is gone by the time of the walk back
        pass.tape()
            .record(
                first,
                (dy, tape) -> {
                  NDArray none = dy.getManager().zeros(shape);
                  tape.give(hidden, ops.addRows().apply(none, rows, dy));
                },
                rows);
      }
      return first;
    }

    @Override
    public boolean perToken() {
      return false;
    }

    @Override
    public int width() {
      return out.module().outFeatures();
    }
  }

  /**
   * Classifies each token.
   *
   * @param classifier hidden to labels
   */
  record EachToken(ModuleSlot classifier) implements EncoderHead {
    @Override
    public NDArray forward(NDArray hidden, RaggedBatch tokens, ForwardPass pass) {
      return classifier.forward(hidden, pass);
    }

    @Override
    public boolean perToken() {
      return true;
    }

    @Override
    public int width() {
      return classifier.module().outFeatures();
    }
  }

  /**
   * Predicts each token, {@code decoder(norm(activation(dense(h))))} (transformers: {@code
   * BertLMPredictionHead}, {@code RobertaLMHead}).
   *
   * @param dense hidden to hidden
   * @param activation behind it
   * @param norm behind the activation
   * @param decoder hidden to the vocabulary
   */
  record MaskedLm(ModuleSlot dense, ActivationStep activation, ModuleSlot norm, ModuleSlot decoder)
      implements EncoderHead {
    @Override
    public NDArray forward(NDArray hidden, RaggedBatch tokens, ForwardPass pass) {
      NDArray transformed = activation.forward(dense.forward(hidden, pass), pass.tape());
      return decoder.forward(norm.forward(transformed, pass), pass);
    }

    @Override
    public boolean perToken() {
      return true;
    }

    @Override
    public int width() {
      return decoder.module().outFeatures();
    }
  }
}
