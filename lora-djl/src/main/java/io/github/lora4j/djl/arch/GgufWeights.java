// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.arch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.CheckpointException;
import io.github.lora4j.djl.format.GgufFile;
import io.github.lora4j.djl.format.GgufTensor;
import io.github.lora4j.djl.format.GgufType;
import io.github.lora4j.djl.format.HuggingFaceConfig;
import io.github.lora4j.djl.nn.WeightSource;
import io.github.lora4j.djl.quant.GgufTensors;
import io.github.lora4j.quant.PackedTensor;
import io.github.lora4j.target.AdaptableModule;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The weights of a GGUF model under their names in transformers, each read once. Linear modules
 * keep the blocks of the file; an embedding is a table of float32.
 */
public final class GgufWeights implements WeightSource {
  private final GgufFile file;
  private final String modelType;
  private final GgufRows rows;
  private final Set<String> read = new HashSet<>(Set.of(GgufConfig.ROPE_FACTORS));

  /**
   * Reads from a file.
   *
   * @param file the file; stays the caller's to close
   * @param config what {@link GgufConfig} makes of it
   */
  public GgufWeights(GgufFile file, HuggingFaceConfig config) {
    this.file = file;
    modelType = config.string("model_type");
    rows = GgufRows.of(config);
  }

  /**
   * What linear modules are packed in.
   *
   * @return the names of the types, for messages; empty if none is packed
   */
  public Optional<String> packedTypes() {
    return file.names().stream()
        .filter(name -> !name.equals(GgufNames.EMBEDDING))
        .map(name -> file.tensor(name).type())
        .filter(type -> type.plain().isEmpty())
        .distinct()
        .map(GgufType::name)
        .reduce((some, more) -> some + " and " + more);
  }

  @Override
  public NDArray load(NDManager manager, String name, Shape shape) {
    return GgufTensors.toFloat32(manager, require(name, shape));
  }

  /** {@inheritDoc} As it stands in the file. */
  @Override
  public boolean isQuantized(AdaptableModule module) {
    String name = GgufNames.ofTensor(weightOf(module));
    return module.isLinear() && file.contains(name) && file.tensor(name).type().plain().isEmpty();
  }

  @Override
  public PackedTensor loadQuantized(NDManager manager, AdaptableModule module) {
    Shape shape = new Shape(module.outFeatures(), module.inFeatures());
    return GgufTensors.read(manager, require(weightOf(module), shape));
  }

  private static String weightOf(AdaptableModule module) {
    return module.name() + ".weight";
  }

  private GgufTensor require(String name, Shape shape) {
    GgufTensor tensor = file.tensor(GgufNames.ofTensor(name));
    if (!tensor.shape().equals(shape)) {
      throw new CheckpointException(
          "%s: tensor \"%s\" has shape %s, but the metadata asks for %s"
              .formatted(file.path(), tensor.name(), tensor.shape(), shape));
    }
    read.add(tensor.name());
    String module = name.substring(0, name.lastIndexOf('.'));
    return GgufRows.differ(modelType, module)
        ? tensor.withRows(rows.inFile(module, Math.toIntExact(shape.get(0))))
        : tensor;
  }

  @Override
  public String origin(String name) {
    return "%s: %s".formatted(file.path(), GgufNames.ofTensor(name));
  }

  /**
   * Refuses a file that holds what the model does not need.
   *
   * @throws CheckpointException naming the tensors
   */
  public void requireAllRead() {
    List<String> extra = file.names().stream().filter(name -> !read.contains(name)).toList();
    if (!extra.isEmpty()) {
      throw new CheckpointException(
          "%s: %d tensors belong to no module of a %s model, for example \"%s\"; it needs what is not supported"
              .formatted(file.path(), extra.size(), modelType, extra.get(0)));
    }
  }
}
