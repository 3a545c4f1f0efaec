// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.benchmark;

import com.google.gson.JsonObject;
import io.github.lora4j.djl.model.AdaptedModel;
import io.github.lora4j.djl.model.CheckpointModel;
import io.github.lora4j.djl.model.DecoderModel;

/** A llama with random weights and, if wanted, a new adapter; closes both. */
final class BenchmarkModel implements AutoCloseable {
  private final CheckpointModel base;
  private final DecoderModel model;

  private BenchmarkModel(CheckpointModel base, DecoderModel model) {
    this.base = base;
    this.model = model;
  }

  static BenchmarkModel of(ShapeOptions shape, int maxPositions) {
    JsonObject config = shape.config(maxPositions);
    CheckpointModel base =
        CheckpointModel.random("benchmark", config, shape.quantization.loadOptions());
    try {
      return new BenchmarkModel(
          base, shape.rank == 0 ? base : AdaptedModel.wrap(base, shape.adapter()));
    } catch (RuntimeException e) {
      base.close();
      throw e;
    }
  }

  DecoderModel model() {
    return model;
  }

  @Override
  public void close() {
    if (model != base) {
      model.close();
    }
    base.close();
  }
}
