// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import io.github.lora4j.CausalLm;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.data.LlmTokenizer;
import io.github.lora4j.djl.paged.ModulePagedDecoder;
import io.github.lora4j.djl.paged.PagedDecoder;
import io.github.lora4j.djl.paged.PagedModel;
import io.github.lora4j.djl.paged.PoolOptions;
import io.github.lora4j.djl.serve.BatchingServer;
import io.github.lora4j.serve.LoraServer;
import io.github.lora4j.serve.ServerOptions;

/** Lends a base to a server, and takes it back as it was when the server is closed. */
final class ServedModel {
  private ServedModel() {}

  /**
   * Starts a server.
   *
   * @param base a checkpoint without adapters
   * @param options how to serve
   * @throws ConfigurationException if it is of another kind, has adapters, or the options do not
   *     fit it
   */
  static LoraServer serve(CausalLm base, ServerOptions options) {
    if (!(base instanceof CheckpointModel model)) {
      throw new ConfigurationException(
          "LoraServer serves a base without adapters, found \"%s\", a %s; load one with HuggingFaceModel.load"
              .formatted(base.getName(), base.getClass().getSimpleName()));
    }
    AdaptedBase lent = AdaptedBase.take(model);
    try {
      return BatchingServer.start(
          decoder(model, options), tokenizer(model), options, lent::release);
    } catch (RuntimeException e) {
      lent.release();
      throw e;
    }
  }

  private static PagedDecoder decoder(CheckpointModel model, ServerOptions options) {
    return ModulePagedDecoder.of(
        new PagedModel(
            model.getName(),
            model.decoder(),
            model.architecture().defaultTargets(),
            model.getNDManager()),
        new PoolOptions(options.poolBytes(), options.pageTokens(), options.maxRank()));
  }

  private static LlmTokenizer tokenizer(CheckpointModel model) {
    LlmTokenizer own = model.tokenizerIfAny();
    return own == null ? NoTokenizer.INSTANCE : own;
  }
}
