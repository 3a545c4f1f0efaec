// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.nn;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.NDScope;
import io.github.lora4j.LoraException;
import io.github.lora4j.djl.kernel.TorchOps;
import io.github.lora4j.djl.tape.Tape;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * The one encoder: embed → layers → head, each token seeing its whole sequence. Its weights belong
 * to the manager it was built with.
 */
public final class Encoder implements Network {
  private final EncoderSpec spec;
  private final TorchOps ops;
  private final Map<String, ModuleSlot> modules;
  private final EncoderEmbedding embedding;
  private final List<PostNormLayer> layers;
  private final EncoderHead head;

  Encoder(
      EncoderSpec spec,
      NetworkModules modules,
      EncoderEmbedding embedding,
      List<PostNormLayer> layers,
      EncoderHead head) {
    this.spec = spec;
    this.ops = modules.ops();
    this.modules = new LinkedHashMap<>(modules.byName());
    this.embedding = embedding;
    this.layers = List.copyOf(layers);
    this.head = head;
  }

  /**
   * The encoder's shape.
   *
   * @return the specification
   */
  public EncoderSpec spec() {
    return spec;
  }

  /**
   * What is made of the last hidden states.
   *
   * @return the head
   */
  public EncoderHead head() {
    return head;
  }

  @Override
  public TorchOps ops() {
    return ops;
  }

  @Override
  public Collection<ModuleSlot> modules() {
    return Collections.unmodifiableCollection(modules.values());
  }

  @Override
  public ModuleSlot module(String name) {
    ModuleSlot slot = modules.get(name);
    if (slot == null) {
      throw new IllegalArgumentException("no module \"" + name + "\"");
    }
    return slot;
  }

  @Override
  public Optional<TableSharing> tableSharing() {
    return head instanceof EncoderHead.MaskedLm masked
        ? Optional.of(new TableSharing(embedding.word(), masked.decoder()))
        : Optional.empty();
  }

  /**
   * Makes a batch of tokens that are all of the first type.
   *
   * @param tokens the tokens
   * @return the batch
   * @throws LoraException if a token or a length does not fit this encoder
   */
  public EncoderBatch batch(RaggedBatch tokens) {
    return batch(tokens, new int[tokens.size()]);
  }

  /**
   * Makes a batch.
   *
   * @param tokens the tokens
   * @param tokenTypes the type of each
   * @return the batch
   * @throws LoraException if a token, a type or a length does not fit this encoder
   */
  public EncoderBatch batch(RaggedBatch tokens, int[] tokenTypes) {
    tokens.check(spec.vocabularySize(), spec.maxPositions() - embedding.positions().first());
    int[] positions = embedding.positions().rows(tokens);
    checkRows(tokens, "input_ids", "position", positions, spec.maxPositions());
    // Where an encoder knows no types, a batch may say that all are of the first one.
    checkRows(tokens, "token_type_ids", "type", tokenTypes, Math.max(1, spec.tokenTypes()));
    for (int b = 0; b < tokens.sequences() && !head.perToken(); b++) {
      if (tokens.length(b) == 0) {
        throw new LoraException(
            "attention_mask[%d]: expected at least one token, found padding alone; leave the row out"
                .formatted(b));
      }
    }
    return new EncoderBatch(tokens, positions, tokenTypes);
  }

  private static void checkRows(
      RaggedBatch tokens, String input, String what, int[] rows, int count) {
    for (int i = 0; i < rows.length; i++) {
      if (rows[i] < 0 || rows[i] >= count) {
        throw new LoraException(
            "%s[%d][%d]: %s %d is outside the model's %d (0 to %d)"
                .formatted(
                    input,
                    tokens.cells()[i] / tokens.paddedColumns(),
                    tokens.cells()[i] % tokens.paddedColumns(),
                    what,
                    rows[i],
                    count,
                    count - 1));
      }
    }
  }

  /**
   * Computes logits.
   *
   * @param manager owns the result and what the tape needs
   * @param batch the batch
   * @param training whether dropout is on
   * @param tape where the steps are noted
   * @return shape (T, width), or (B, width) where the head looks at whole sequences
   */
  public NDArray logits(NDManager manager, EncoderBatch batch, boolean training, Tape tape) {
    SequenceAttention attention = new SequenceAttention(manager, batch.tokens());
    ForwardPass pass =
        new ForwardPass(Rotation.NONE, attention, training, LayerSeeds.NONE).on(tape);
    NDArray hidden = embed(manager, batch, pass);
    for (PostNormLayer layer : layers) {
      NDArray before = hidden;
      hidden = step(before, pass, x -> layer.forward(x, pass));
    }
    return step(hidden, pass, x -> head.forward(x, batch.tokens(), pass));
  }

  private NDArray embed(NDManager manager, EncoderBatch batch, ForwardPass pass) {
    try (NDScope scope = new NDScope()) {
      NDArray hidden = embedding.forward(manager, batch, pass);
      NDScope.unregister(hidden);
      return hidden;
    }
  }

  /** Frees what a piece leaves, and its input unless the way back needs it. */
  private static NDArray step(NDArray hidden, ForwardPass pass, UnaryOperator<NDArray> piece) {
    try (NDScope scope = new NDScope()) {
      NDArray next = piece.apply(hidden);
      NDScope.unregister(next);
      if (!pass.tape().keeps(hidden)) {
        hidden.close();
      }
      return next;
    }
  }
}
