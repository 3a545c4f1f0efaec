// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.model;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.Shape;
import com.google.gson.GsonBuilder;
import com.google.gson.JsonObject;
import io.github.lora4j.CheckpointException;
import io.github.lora4j.LoraAdapter;
import io.github.lora4j.djl.format.AtomicFile;
import io.github.lora4j.djl.format.HuggingFaceConfig;
import io.github.lora4j.djl.format.ShardedWriter;
import io.github.lora4j.djl.format.StoredType;
import io.github.lora4j.djl.format.TensorEntry;
import io.github.lora4j.djl.inject.SafeMerge;
import io.github.lora4j.djl.nn.QuantizedLinear;
import io.github.lora4j.djl.nn.TokenRows;
import io.github.lora4j.djl.nn.WeightOrder;
import io.github.lora4j.djl.quant.QuantizationConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Writes a model as a Hugging Face checkpoint. */
final class CheckpointFiles {
  private static final List<String> COPIED =
      List.of(
          "tokenizer.json",
          "tokenizer_config.json",
          "special_tokens_map.json",
          "added_tokens.json",
          "chat_template.jinja",
          "generation_config.json",
          "vocab.json",
          "merges.txt",
          "tokenizer.model");

  private CheckpointFiles() {}

  /**
   * Writes weights, configuration and the tokenizer's files.
   *
   * @param source the checkpoint the model came from
   * @param target where to; made if need be
   * @param weights each weight by name: its present value's shape and a maker of a copy to be
   *     closed
   * @param tiedHead whether the head shares the embedding's table; empty if there is no such head
   */
  static void write(
      Path source, Path target, Map<String, Weight> weights, Optional<Boolean> tiedHead) {
    List<TensorEntry> entries = new ArrayList<>();
    weights.forEach((name, weight) -> entries.add(weight.entry(name)));
    write(
        source,
        target,
        entries,
        config -> {
          config.addProperty(config.has("dtype") ? "dtype" : "torch_dtype", "float32");
          tiedHead.ifPresent(tied -> config.addProperty("tie_word_embeddings", tied));
          config.remove(QuantizationConfig.FIELD);
        });
  }

  /**
   * Writes tensors, configuration and the tokenizer's files.
   *
   * @param source the checkpoint to take configuration and tokenizer from
   * @param target where to; made if need be
   * @param entries the tensors
   * @param change what differs in the configuration
   */
  static void write(
      Path source, Path target, List<TensorEntry> entries, Consumer<JsonObject> change) {
    makeDirectory(target);
    ShardedWriter.write(target, entries, ShardedWriter.DEFAULT_MAX_SHARD_BYTES);
    writeConfig(source, target, change);
    copyOthers(new ModelLocation(source).directory(), target);
  }

  private static void makeDirectory(Path target) {
    try {
      Files.createDirectories(target);
    } catch (IOException e) {
      throw new CheckpointException(
          "%s: cannot make the directory: %s; choose one that can be written".formatted(target, e),
          e);
    }
  }

  private static void writeConfig(Path source, Path target, Consumer<JsonObject> change) {
    JsonObject config = new ModelLocation(source).config().json();
    change.accept(config);
    AtomicFile.writeString(
        target.resolve(HuggingFaceConfig.FILE_NAME),
        new GsonBuilder()
                .setPrettyPrinting()
                .disableHtmlEscaping()
                .serializeNulls()
                .create()
                .toJson(config)
            + "\n");
  }

  private static void copyOthers(Path source, Path target) {
    for (String name : COPIED) {
      Path from = source.resolve(name);
      Path to = target.resolve(name);
      if (!Files.isRegularFile(from) || from.toAbsolutePath().equals(to.toAbsolutePath())) {
        continue;
      }
      try {
        Files.copy(from, to, StandardCopyOption.REPLACE_EXISTING);
      } catch (IOException e) {
        throw new CheckpointException("%s: cannot be copied to %s: %s".formatted(from, to, e), e);
      }
    }
  }

  /**
   * One weight to be written.
   *
   * @param shape its shape
   * @param value makes its value when due, closed after writing
   */
  record Weight(Shape shape, Supplier<NDArray> value) {
    static Weight of(NDArray array) {
      return new Weight(array.getShape(), array::duplicate);
    }

    static Weight of(QuantizedLinear linear) {
      return new Weight(linear.tensor().shape(), linear::dequantized);
    }

    /** The weight as files hold it. */
    Weight stored(WeightOrder order) {
      return new Weight(order.stored(shape), () -> order.turned(value.get()));
    }

    /** The entry of a file in float32. */
    TensorEntry entry(String name) {
      return TensorEntry.computed(name, shape, StoredType.F32, value);
    }

    /** The weight with adapters merged into it; itself if there are none. */
    Weight with(String name, List<LoraAdapter> factors) {
      return factors.isEmpty() ? this : new Weight(shape, () -> merged(name, value.get(), factors));
    }

    /** The weight with rows of an adapter's own. */
    Weight with(String name, TokenRows rows) {
      return new Weight(shape, () -> replaced(name, value.get(), rows));
    }

    private static NDArray replaced(String name, NDArray value, TokenRows rows) {
      try (value) {
        return SafeMerge.requireFinite(name, rows.in(value, value.getManager()));
      }
    }

    /** The bias with what adapters add to it. */
    Weight withBiasOf(List<LoraAdapter> factors) {
      return new Weight(shape, () -> plusBias(value.get(), factors));
    }

    private static NDArray plusBias(NDArray value, List<LoraAdapter> factors) {
      Optional<NDArray> delta = SafeMerge.biasDelta(factors, value.getManager());
      delta.ifPresent(
          added -> {
            value.addi(added);
            added.close();
          });
      return value;
    }

    private static NDArray merged(String name, NDArray value, List<LoraAdapter> factors) {
      try (value) {
        return SafeMerge.of(name, value, factors, value.getManager());
      }
    }
  }
}
