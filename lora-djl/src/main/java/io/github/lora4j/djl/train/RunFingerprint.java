// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train;

import ai.djl.nn.Parameter;
import ai.djl.util.Pair;
import io.github.lora4j.data.Example;
import io.github.lora4j.data.InstructionDataset;
import io.github.lora4j.djl.format.ArrayChecksum;
import io.github.lora4j.djl.nn.Decoder;
import io.github.lora4j.djl.train.checkpoint.RunIdentity;
import io.github.lora4j.peft.PeftConfigJson;
import io.github.lora4j.train.FineTuningOptions;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/** Says what a run is: base, adapters, data and options, in words that are equal if they are. */
final class RunFingerprint {
  private RunFingerprint() {}

  /**
   * Reads the base's weights and the data once.
   *
   * @param model the model, as it is before the run
   * @param base what {@link #base} says of it
   * @param data the data
   * @param options how it trains; where results and progress go does not matter, nor how much of
   *     the forward pass is kept
   */
  static RunIdentity of(TrainedModel model, String base, RunData data, FineTuningOptions options) {
    Map<String, String> fields = new TreeMap<>();
    fields.put("base", base);
    model.facts().adapter().ifPresent(it -> fields.put("adapter", PeftConfigJson.toJson(it)));
    fields.put("training data", rows(data.training()));
    data.evaluation().ifPresent(held -> fields.put("evaluation data", rows(held)));
    fields.put("epochs", options.epochs() + "");
    options.maxSteps().ifPresent(steps -> fields.put("maxSteps", steps + ""));
    fields.put("batchSize", options.batchSize() + "");
    fields.put("gradientAccumulation", options.gradientAccumulation() + "");
    fields.put("learningRate", options.learningRate().toString());
    fields.put("weightDecay", options.weightDecay() + "");
    options
        .optimizer()
        .ifPresent(given -> fields.put("optimizer", given.getClass().getSimpleName()));
    fields.put("maxGradientNorm", options.maxGradientNorm() + "");
    options.lisa().ifPresent(lisa -> fields.put("lisa", lisa.toString()));
    fields.put("seed", options.seed() + "");
    fields.put("evaluation", options.evaluation().toString());
    return new RunIdentity(fields);
  }

  /** Names, shapes and a checksum of the contents of all weights of the base. */
  static String base(Decoder decoder) {
    CRC32C all = new CRC32C();
    long tensors = 0;
    for (Pair<String, Parameter> pair : decoder.baseParameters()) {
      long content = ArrayChecksum.of(pair.getValue().getArray());
      update(all, "%s %s %x".formatted(pair.getKey(), pair.getValue().getShape(), content));
      tensors++;
    }
    for (var module : decoder.quantized().entrySet()) {
      for (var part : module.getValue().tensor().parts().entrySet()) {
        long content = ArrayChecksum.of(part.getValue());
        update(all, "%s %s %x".formatted(module.getKey().name(), part.getKey(), content));
        tensors++;
      }
    }
    return "%d tensors with the CRC-32C %08x".formatted(tensors, all.getValue());
  }

  private static void update(CRC32C checksum, String text) {
    checksum.update(text.getBytes(StandardCharsets.UTF_8));
  }

  private static String rows(InstructionDataset data) {
    CRC32C all = new CRC32C();
    int rows = data.examples().size();
    for (int row = 0; row < rows; row++) {
      Example example = data.example(row);
      ByteBuffer bytes = ByteBuffer.allocate(Integer.BYTES * (1 + 2 * example.length()));
      bytes.putInt(example.length());
      bytes.asIntBuffer().put(example.inputIds()).put(example.labels());
      all.update(bytes.rewind());
    }
    return "%d rows with the CRC-32C %08x".formatted(rows, all.getValue());
  }
}
