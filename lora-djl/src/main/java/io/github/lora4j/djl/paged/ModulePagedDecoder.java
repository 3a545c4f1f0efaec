// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.paged;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.djl.inject.NetworkHost;
import io.github.lora4j.djl.kernel.EngineMode;
import io.github.lora4j.djl.nn.Decoder;
import io.github.lora4j.djl.nn.ForwardPass;
import io.github.lora4j.djl.nn.LayerSeeds;
import io.github.lora4j.target.AdaptableModule;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Steps through the decoder's own modules, on any device. */
public final class ModulePagedDecoder implements PagedDecoder {
  private final Decoder decoder;
  private final NDManager manager;
  private final PagePool pool;
  private final PageMemory memory;
  private final PagedAdapters adapters;
  private final PagedAttentions attentions;
  private @Nullable NDManager last;

  private ModulePagedDecoder(
      PagedModel model, PageShape shape, int pages, int maxRank, PagedAttentions.Choice choice) {
    decoder = model.decoder();
    manager = model.parent().newSubManager();
    pool = new PagePool(pages, shape.tokens());
    memory = PageMemory.create(manager, shape, pages);
    NetworkHost host =
        new NetworkHost(
            model.name(), decoder, model.defaultTargets(), ModulePagedDecoder::noNewAdapters);
    adapters = new PagedAdapters(host, pool, memory, manager, maxRank);
    attentions = choice.of(decoder, memory, manager);
  }

  private static NDArray noNewAdapters(NDManager owner, AdaptableModule module) {
    throw new IllegalStateException(
        "adapters to serve are read from files, none is initialised over " + module.name());
  }

  /**
   * Makes a decoder over a pool.
   *
   * @param model what decodes
   * @param options the pool's sizes
   * @return the decoder
   * @throws ConfigurationException if the pool has room for no page, or virtual tokens stand before
   *     every sequence
   */
  public static ModulePagedDecoder of(PagedModel model, PoolOptions options) {
    return of(model, options, PagedAttentions::of);
  }

  /** Makes a decoder that attends in a given way. */
  static ModulePagedDecoder of(
      PagedModel model, PoolOptions options, PagedAttentions.Choice choice) {
    Decoder decoder = model.decoder();
    if (decoder.prompt().count() + decoder.prefix().count() > 0) {
      throw new ConfigurationException(
          "a prompt or prefix stands before every sequence of this model; take it off to serve it");
    }
    PageShape shape = PageShape.of(decoder.spec(), options.pageTokens());
    int pages = shape.pagesIn(options.poolBytes());
    if (pages < 1) {
      throw new ConfigurationException(
          "poolBytes: %d bytes hold no page; a page of %d tokens takes %d bytes of this model"
              .formatted(options.poolBytes(), options.pageTokens(), shape.floats() * Float.BYTES));
    }
    return new ModulePagedDecoder(model, shape, pages, options.maxRank(), choice);
  }

  @Override
  public PagePool pool() {
    return pool;
  }

  @Override
  public ResidentAdapters adapters() {
    return adapters;
  }

  @Override
  public int maxLength() {
    return decoder.maxTokens();
  }

  @Override
  public int vocabularySize() {
    return decoder.spec().vocabularySize();
  }

  @Override
  public long pageBytes() {
    return memory.shape().floats() * Float.BYTES;
  }

  @Override
  public StepResult step(StepRows rows) {
    check(rows);
    closeLast();
    NDManager results = manager.newSubManager();
    last = results;
    StepPlan plan = new StepPlan(rows);
    try (NDManager step = manager.newSubManager();
        EngineMode mode = EngineMode.inference()) {
      int[] positions = plan.positions();
      ForwardPass pass =
          new ForwardPass(
                  decoder.positions().rotation(step, positions),
                  attentions.of(step, plan),
                  false,
                  LayerSeeds.NONE)
              .with(plan.adapters());
      NDArray embedded = decoder.embed(step, plan.tokenIds(), positions, pass);
      NDArray hidden = decoder.layers(embedded, pass, 0, decoder.numLayers());
      return new ArrayResult(decoder.ops(), logits(step, hidden, pass, plan), plan, results);
    }
  }

  private NDArray logits(NDManager step, NDArray hidden, ForwardPass pass, StepPlan plan) {
    int[] wanted = plan.wantedRows();
    NDArray rows = step.create(Arrays.stream(wanted).asLongStream().toArray());
    NDArray picked = decoder.ops().selectRows().apply(hidden, rows);
    return wanted.length == 0
        ? picked
        : decoder.logits(picked, pass.with(pass.adapters().select(wanted)));
  }

  private void check(StepRows rows) {
    int vocabulary = vocabularySize();
    for (SequenceRows sequence : rows.sequences()) {
      String adapter = sequence.adapter();
      if (!adapter.equals(SequenceRows.BASE) && !adapters.contains(adapter)) {
        throw new IllegalArgumentException(
            "the adapter \"%s\" of a sequence is not in the pool".formatted(adapter));
      }
      if (sequence.length() > maxLength()) {
        throw new IllegalArgumentException(
            "a sequence of %d tokens is longer than the model's %d positions"
                .formatted(sequence.length(), maxLength()));
      }
      for (int token : sequence.tokenIds()) {
        if (token < 0 || token >= vocabulary) {
          throw new IllegalArgumentException(
              "token id %d is outside the vocabulary of %d".formatted(token, vocabulary));
        }
      }
    }
  }

  private void closeLast() {
    if (last != null) {
      last.close();
      last = null;
    }
  }

  @Override
  public void close() {
    adapters.close();
    manager.close();
  }
}
