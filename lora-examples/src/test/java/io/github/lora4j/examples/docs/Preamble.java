// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.docs;

import io.github.lora4j.CausalLm;
import io.github.lora4j.HuggingFaceModel;
import io.github.lora4j.LoraConfig;
import io.github.lora4j.LoraModel;
import io.github.lora4j.data.InstructionDataset;
import io.github.lora4j.examples.quickstart.Bundle;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * What statements of the documentation may take for granted: a base, a model with an adapter, data.
 * A page that needs more has a preamble of its own among the resources, a class that extends this.
 * It works in a directory where {@link Workplace} put the files that the pages name.
 */
public abstract class Preamble implements AutoCloseable {
  private final Deque<AutoCloseable> opened = new ArrayDeque<>();

  /** A model without adapters. */
  protected final CausalLm base = open(HuggingFaceModel.load(Path.of(Bundle.MODEL)));

  /** A model with a new adapter, on a base of its own. */
  protected final LoraModel model = adapted();

  /** A few records. */
  protected final InstructionDataset data =
      InstructionDataset.alpaca(Path.of("alpaca_data.json"), base.tokenizer())
          .maxLength(256)
          .build();

  /** The block. */
  public abstract void run() throws Exception;

  /** Closes with this. */
  protected final <T extends AutoCloseable> T open(T resource) {
    opened.push(resource);
    return resource;
  }

  private LoraModel adapted() {
    CausalLm own = open(HuggingFaceModel.load(Path.of(Bundle.MODEL)));
    return open(LoraModel.wrap(own, LoraConfig.builder().rank(4).alpha(8).build()));
  }

  @Override
  public final void close() throws Exception {
    while (!opened.isEmpty()) {
      opened.pop().close();
    }
  }
}
