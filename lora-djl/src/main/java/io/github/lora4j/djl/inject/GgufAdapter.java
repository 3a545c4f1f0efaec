// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject;

import ai.djl.Device;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.AdapterException;
import io.github.lora4j.CheckpointException;
import io.github.lora4j.LoraConfig;
import io.github.lora4j.djl.arch.GgufConfig;
import io.github.lora4j.djl.arch.GgufNames;
import io.github.lora4j.djl.arch.GgufRows;
import io.github.lora4j.djl.format.GgufWriter;
import io.github.lora4j.djl.format.HuggingFaceConfig;
import io.github.lora4j.djl.format.StoredTensor;
import io.github.lora4j.djl.format.TensorEntry;
import io.github.lora4j.djl.kernel.PyTorchEngine;
import io.github.lora4j.peft.PeftNames;
import io.github.lora4j.peft.PeftTensor;
import io.github.lora4j.peft.TensorRole;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * A LoRA adapter in the form of llama.cpp ({@code convert_lora_to_gguf.py}): y = W x + alpha / rank
 * · B A x, one alpha for all modules, and rows of B in the order of the base's file.
 */
public final class GgufAdapter {
  /** Stored with an adapter on the head; llama.cpp has the base's own. */
  private static final Set<TensorRole> LEFT_OUT = Set.of(TensorRole.BASE_WEIGHT);

  private final AdapterFile adapter;
  private final LoraConfig config;
  private final HuggingFaceConfig base;
  private final String architecture;

  private GgufAdapter(AdapterFile adapter, LoraConfig config, HuggingFaceConfig base) {
    this.adapter = adapter;
    this.config = config;
    this.base = base;
    architecture = GgufConfig.architecture(base);
  }

  /**
   * Holds an adapter against what llama.cpp can do.
   *
   * @param adapter the adapter; stays the caller's to close
   * @param base the configuration of the model it is for
   * @return the adapter, not yet read
   * @throws AdapterException if it is none of LoRA
   * @throws CheckpointException if llama.cpp's names for the base are not known
   */
  public static GgufAdapter of(AdapterFile adapter, HuggingFaceConfig base) {
    if (adapter.config() instanceof LoraConfig config && isPlain(config)) {
      return new GgufAdapter(adapter, config, base);
    }
    throw new AdapterException(
        "GGUF files hold plain LoRA adapters, the adapter is of another kind (DoRA, PiSSA, OLoRA, with lora_bias, or none of LoRA); merge it into the base with saveMerged and convert that");
  }

  /** W + scaling · B A, with the base's own W and bias. */
  private static boolean isPlain(LoraConfig config) {
    return !config.useDora() && !config.loraBias() && !config.initialization().leavesResidual();
  }

  /**
   * Writes the adapter, whole or not at all.
   *
   * @param file where to
   * @throws AdapterException naming a tensor that is damaged or that llama.cpp has no form for
   * @throws CheckpointException if the file cannot be written
   */
  public void write(Path file) {
    try (NDManager manager = PyTorchEngine.newManager(Device.cpu())) {
      List<TensorEntry> entries = new ArrayList<>();
      for (PeftTensor tensor : adapter.tensors()) {
        if (!LEFT_OUT.contains(tensor.role())) {
          entries.add(entry(tensor, manager));
        }
      }
      new GgufWriter()
          .text("general.architecture", architecture)
          .text("general.type", "adapter")
          .text("adapter.type", "lora")
          .float32("adapter.lora.alpha", alpha())
          .write(file, entries);
    }
  }

  /** What alpha / rank must come from, so that it is the scaling of most modules. */
  private float alpha() {
    return (float) (config.scaling(config.rank(), config.alpha()) * config.rank());
  }

  private TensorEntry entry(PeftTensor tensor, NDManager manager) {
    StoredTensor stored = adapter.stored(tensor);
    if (stored.shape().dimension() != 2) {
      throw error(tensor, "has shape %s, expected two dimensions".formatted(stored.shape()));
    }
    String name = name(tensor.module()) + ".weight.";
    return switch (tensor.role()) {
      case LORA_A -> GgufFactor.as(name + "lora_a", stored).entry(manager);
      case LORA_EMBEDDING_A -> GgufFactor.as(name + "lora_a", stored).transposed().entry(manager);
      case LORA_B, LORA_EMBEDDING_B ->
          GgufFactor.as(name + "lora_b", stored)
              .withRows(rows(tensor, stored.shape()))
              .times(factor(tensor, stored.shape()))
              .entry(manager);
      default ->
          throw error(
              tensor, "has no form in llama.cpp; merge it with saveMerged and convert the sum");
    };
  }

  private String name(String module) {
    boolean tied = module.equals("lm_head") && base.boolOr(false, "tie_word_embeddings");
    return GgufNames.ofModule(module)
        .filter(name -> !tied)
        .orElseThrow(
            () ->
                new AdapterException(
                    "the adapter is on \"%s\", of which llama.cpp has %s; merge it with saveMerged and convert the sum"
                        .formatted(module, tied ? "no weight of its own" : "no name")));
  }

  /** The module's scaling in terms of the one alpha. */
  private float factor(PeftTensor b, Shape shape) {
    int rank = config.rankOf(b.module());
    if (shape.get(1) != rank) {
      throw error(b, "has shape %s, but the rank is %d".formatted(shape, rank));
    }
    double scaling = config.scaling(rank, config.alphaOf(b.module()));
    return (float) (scaling * rank / alpha());
  }

  private int[] rows(PeftTensor b, Shape shape) {
    int count = Math.toIntExact(shape.get(0));
    if (!GgufRows.differ(architecture, b.module())) {
      return IntStream.range(0, count).toArray();
    }
    GgufRows rows = GgufRows.of(base);
    if (!rows.fit(b.module(), count)) {
      throw error(b, "has %d rows, which are no heads of the base's".formatted(count));
    }
    return rows.inTransformers(b.module(), count);
  }

  private static AdapterException error(PeftTensor tensor, String problem) {
    return new AdapterException("tensor \"%s\" %s".formatted(PeftNames.fileName(tensor), problem));
  }
}
