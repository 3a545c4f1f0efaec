// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.arch;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.CheckpointException;
import io.github.lora4j.djl.format.Checkpoint;
import io.github.lora4j.djl.format.StoredTensor;
import io.github.lora4j.djl.nn.WeightSource;
import io.github.lora4j.djl.quant.PackedFormat;
import io.github.lora4j.quant.PackedTensor;
import io.github.lora4j.target.AdaptableModule;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** The weights of a checkpoint, each read once, and what is left over at the end. */
public final class CheckpointWeights implements WeightSource {
  private static final String WEIGHT = ".weight";
  private static final String BIAS = ".bias";

  private final Checkpoint checkpoint;
  private final ModelFamily family;
  private final PackedFormat packed;
  private final Set<String> read = new HashSet<>();

  /**
   * Reads from a checkpoint.
   *
   * @param checkpoint the files; stays the caller's to close
   * @param family says how names may vary
   * @param packed how weights stand there that are quantised
   */
  public CheckpointWeights(Checkpoint checkpoint, ModelFamily family, PackedFormat packed) {
    this.checkpoint = checkpoint;
    this.family = family;
    this.packed = packed;
  }

  @Override
  public NDArray load(NDManager manager, String name, Shape shape) {
    return requireShape(name, shape).toFloat32(manager);
  }

  private StoredTensor requireShape(String name, Shape shape) {
    StoredTensor tensor = require(name, shape);
    if (!tensor.shape().equals(shape)) {
      throw new CheckpointException(
          "%s: tensor \"%s\" has shape %s, but config.json asks for %s"
              .formatted(tensor.location(), tensor.name(), tensor.shape(), shape));
    }
    read.add(tensor.name());
    return tensor;
  }

  /**
   * Holds a weight's header against its shape; its values are not read.
   *
   * @param name its name
   * @param shape the shape it must have
   * @throws CheckpointException if it is missing or, unless it is quantised, of another shape
   */
  public void check(String name, Shape shape) {
    Optional<String> module =
        name.endsWith(WEIGHT) ? packedModule(withoutEnd(name, WEIGHT)) : Optional.empty();
    module.ifPresentOrElse(
        path -> read.addAll(packed.names(checkpoint, path)), () -> requireShape(name, shape));
  }

  /** {@inheritDoc} As it stands in the checkpoint. */
  @Override
  public boolean isQuantized(AdaptableModule module) {
    return packedModule(module.name()).isPresent();
  }

  @Override
  public PackedTensor loadQuantized(NDManager manager, AdaptableModule module) {
    Shape shape = new Shape(module.outFeatures(), module.inFeatures());
    String path = packedModule(module.name()).orElseThrow();
    read.addAll(packed.names(checkpoint, path));
    return packed.read(manager, checkpoint, path, shape);
  }

  /** The path that the files give a module whose weight is packed. */
  private Optional<String> packedModule(String module) {
    return find(module + packed.mainPart())
        .map(part -> withoutEnd(part.name(), packed.mainPart()))
        .filter(path -> packed.isStored(checkpoint, path));
  }

  /** AutoGPTQ gave every module it packed a bias, of zeros where the model has none. */
  private boolean isZeroBias(String name) {
    if (!name.endsWith(BIAS) || !packed.isStored(checkpoint, withoutEnd(name, BIAS))) {
      return false;
    }
    for (float value : checkpoint.tensor(name).toFloatArray()) {
      if (value != 0) {
        return false;
      }
    }
    return true;
  }

  private static String withoutEnd(String name, String end) {
    return name.substring(0, name.length() - end.length());
  }

  @Override
  public String origin(String name) {
    return find(name).map(StoredTensor::location).orElse(checkpoint.directory().toString());
  }

  private StoredTensor require(String name, Shape shape) {
    return find(name)
        .orElseThrow(
            () ->
                new CheckpointException(
                    "%s: tensor \"%s\" of shape %s is missing; the checkpoint has %d tensors, for example \"%s\""
                        .formatted(
                            checkpoint.directory(),
                            name,
                            shape,
                            checkpoint.names().size(),
                            checkpoint.names().stream().findFirst().orElse(""))));
  }

  /**
   * Finds a tensor, under its whole name or another that the family knows it by.
   *
   * @param name its whole name
   * @return the tensor, or empty if the checkpoint has none
   */
  public Optional<StoredTensor> find(String name) {
    if (checkpoint.contains(name)) {
      return Optional.of(checkpoint.tensor(name));
    }
    return family.otherNames(name).stream()
        .filter(checkpoint::contains)
        .findFirst()
        .map(checkpoint::tensor);
  }

  /**
   * Refuses a checkpoint that holds what the model does not need.
   *
   * @param tiedHead the name of a head's tensor that may be stored although it is tied, or nothing
   * @throws CheckpointException naming the tensors
   */
  public void requireAllRead(Optional<String> tiedHead) {
    List<Pattern> unused = family.unusedTensors().stream().map(Pattern::compile).toList();
    List<String> extra =
        checkpoint.names().stream()
            .filter(name -> !read.contains(name) && !tiedHead.equals(Optional.of(name)))
            .filter(name -> unused.stream().noneMatch(p -> p.matcher(name).matches()))
            .filter(name -> !isZeroBias(name))
            .toList();
    if (!extra.isEmpty()) {
      throw new CheckpointException(
          "%s: %d tensors belong to no module of a %s model: %s%s; is config.json that of these weights?"
              .formatted(
                  checkpoint.directory(),
                  extra.size(),
                  family.modelType(),
                  String.join(", ", extra.subList(0, Math.min(5, extra.size()))),
                  extra.size() > 5 ? ", …" : ""));
    }
  }
}
