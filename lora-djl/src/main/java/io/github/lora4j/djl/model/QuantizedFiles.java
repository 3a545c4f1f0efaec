// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.util.Pair;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.djl.format.TensorEntry;
import io.github.lora4j.djl.nn.Decoder;
import io.github.lora4j.djl.nn.ModuleSlot;
import io.github.lora4j.djl.nn.QuantizedLinear;
import io.github.lora4j.djl.nn.WeightOrder;
import io.github.lora4j.djl.quant.BitsAndBytesConfig;
import io.github.lora4j.djl.quant.BitsAndBytesTensors;
import io.github.lora4j.djl.quant.QuantizationConfig;
import io.github.lora4j.quant.Quantization;
import io.github.lora4j.quant.QuantizationFormat;
import io.github.lora4j.quant.QuantizedTensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** Writes a quantised model as transformers does. */
final class QuantizedFiles {
  private QuantizedFiles() {}

  /**
   * Writes weights, configuration and the tokenizer's files.
   *
   * @param source the checkpoint the model came from
   * @param target where to; made if need be
   * @param decoder the model
   * @param blocks the block of each place that is written
   */
  static void write(Path source, Path target, Decoder decoder, Function<ModuleSlot, Block> blocks) {
    Map<ModuleSlot, Block> written = new LinkedHashMap<>();
    decoder.modules().forEach(slot -> written.put(slot, blocks.apply(slot)));
    Quantization quantization = quantization(written);
    boolean tied = written.get(decoder.head()) == decoder.head().base() && decoder.isHeadTied();
    if (tied) {
      written.remove(decoder.head());
    }
    List<TensorEntry> entries = new ArrayList<>();
    written.forEach((slot, block) -> add(entries, slot, block));
    Optional<List<String>> unquantized = unquantized(written, decoder);
    CheckpointFiles.write(
        source,
        target,
        entries,
        config -> {
          config.addProperty(config.has("dtype") ? "dtype" : "torch_dtype", "float32");
          config.addProperty("tie_word_embeddings", tied);
          config.add(QuantizationConfig.FIELD, BitsAndBytesConfig.write(quantization, unquantized));
        });
  }

  private static Quantization quantization(Map<ModuleSlot, Block> written) {
    Quantization quantization =
        written.entrySet().stream()
            .filter(entry -> entry.getValue() instanceof QuantizedLinear)
            .map(entry -> tensor(entry.getKey(), (QuantizedLinear) entry.getValue()))
            .map(QuantizedTensor::quantization)
            .findFirst()
            .orElseThrow(
                () ->
                    new ConfigurationException(
                        "saveQuantized: the model is not quantised; load it with LoadOptions.builder().quantization(...), or call saveCheckpoint"));
    if (quantization.format() != QuantizationFormat.NF4
        && quantization.format() != QuantizationFormat.FP4) {
      throw new ConfigurationException(
          "saveQuantized: transformers has no format for %s, only for nf4 and fp4; save the checkpoint that was quantised"
              .formatted(quantization));
    }
    return quantization;
  }

  private static QuantizedTensor tensor(ModuleSlot slot, QuantizedLinear linear) {
    return linear.requireRequantizable(
        "saveQuantized",
        slot.name(),
        "keep the files it came from, or call saveCheckpoint for float32");
  }

  /** In 4 bits a weight is (out, in) even where it is stored turned otherwise, as in GPT-2. */
  private static void add(List<TensorEntry> entries, ModuleSlot slot, Block block) {
    if (block instanceof QuantizedLinear quantized) {
      entries.addAll(BitsAndBytesTensors.entries(slot.name() + ".weight", tensor(slot, quantized)));
    }
    for (Pair<String, Parameter> pair : block.getDirectParameters()) {
      WeightOrder order = WeightOrder.of(slot.module(), pair.getKey());
      entries.add(
          CheckpointFiles.Weight.of(pair.getValue().getArray())
              .stored(order)
              .entry(slot.name() + "." + pair.getKey()));
    }
  }

  /** transformers leaves the output head alone unless it is told otherwise. */
  private static Optional<List<String>> unquantized(
      Map<ModuleSlot, Block> written, Decoder decoder) {
    List<String> names = new ArrayList<>();
    boolean asUsual = !(decoder.head().base() instanceof QuantizedLinear);
    for (ModuleSlot slot : decoder.modules()) {
      boolean dense = slot.module().isLinear() && !(written.get(slot) instanceof QuantizedLinear);
      if (dense) {
        names.add(slot.name());
        asUsual &= slot.module().outputHead();
      }
    }
    return asUsual ? Optional.empty() : Optional.of(names);
  }
}
