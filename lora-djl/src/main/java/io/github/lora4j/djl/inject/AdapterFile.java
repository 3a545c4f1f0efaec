// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.Shape;
import io.github.lora4j.AdapterConfig;
import io.github.lora4j.AdapterException;
import io.github.lora4j.CheckpointException;
import io.github.lora4j.Initialization;
import io.github.lora4j.djl.format.SafetensorsFile;
import io.github.lora4j.djl.format.StoredTensor;
import io.github.lora4j.djl.nn.WeightOrder;
import io.github.lora4j.peft.PeftConfigJson;
import io.github.lora4j.peft.PeftNames;
import io.github.lora4j.peft.PeftTensor;
import io.github.lora4j.peft.TensorRole;
import io.github.lora4j.target.AdaptationPlan;
import io.github.lora4j.target.AdaptedModule;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** An adapter's directory in PEFT's format, opened for reading. */
public final class AdapterFile implements FactorSource, AutoCloseable {
  /** The file of the tensors. */
  public static final String FILE_NAME = "adapter_model.safetensors";

  private static final String PICKLE_NAME = "adapter_model.bin";
  private static final Logger LOGGER = LoggerFactory.getLogger(AdapterFile.class);
  private static final int NAMES_SHOWN = 5;

  private final Path path;
  private final AdapterConfig config;
  private final SafetensorsFile file;
  private final Map<PeftTensor, String> index;
  private final NewFactors missing = new NewFactors(Initialization.KAIMING_UNIFORM);

  private AdapterFile(Path path, AdapterConfig config, SafetensorsFile file) {
    this.path = path;
    this.config = config;
    this.file = file;
    index = PeftNames.index(file.names(), path.toString());
  }

  /**
   * Opens an adapter.
   *
   * @param directory holds {@code adapter_config.json} and {@code adapter_model.safetensors}
   * @return the adapter
   * @throws AdapterException if a file is missing or damaged
   */
  public static AdapterFile open(Path directory) {
    if (!Files.isDirectory(directory)) {
      throw new AdapterException(
          "%s: no such directory; an adapter is a directory with %s and %s"
              .formatted(directory, PeftConfigJson.FILE_NAME, FILE_NAME));
    }
    requireFile(directory, PeftConfigJson.FILE_NAME, "is it an adapter's directory?");
    boolean pickled = Files.isRegularFile(directory.resolve(PICKLE_NAME));
    requireFile(
        directory,
        FILE_NAME,
        (pickled ? "found " + PICKLE_NAME + ", a pickle, which is not read; " : "")
            + "save the adapter with safe_serialization=True");
    AdapterConfig config = PeftConfigJson.read(directory.resolve(PeftConfigJson.FILE_NAME));
    return open(directory.resolve(FILE_NAME), config);
  }

  private static void requireFile(Path directory, String name, String hint) {
    if (!Files.isRegularFile(directory.resolve(name))) {
      throw new AdapterException("%s: no file %s; %s".formatted(directory, name, hint));
    }
  }

  private static AdapterFile open(Path path, AdapterConfig config) {
    SafetensorsFile file;
    try {
      file = SafetensorsFile.open(path);
    } catch (CheckpointException e) {
      throw new AdapterException(String.valueOf(e.getMessage()), e);
    }
    try {
      return new AdapterFile(path, config, file);
    } catch (AdapterException e) {
      file.close();
      throw e;
    }
  }

  /**
   * The adapter's configuration.
   *
   * @return the configuration
   */
  public AdapterConfig config() {
    return config;
  }

  /**
   * What is in the file.
   *
   * @return the tensors, in its order
   */
  Set<PeftTensor> tensors() {
    return new LinkedHashSet<>(index.keySet());
  }

  /**
   * One of the tensors.
   *
   * @param tensor one of {@link #tensors}
   * @return the means to read it, until this file is closed
   */
  StoredTensor stored(PeftTensor tensor) {
    return file.tensor(Objects.requireNonNull(index.get(tensor)));
  }

  /**
   * Holds the file against what the configuration means for a model.
   *
   * @param tensors those that should be in it
   * @param strict whether missing and extra tensors are refused; misshapen ones always are
   * @throws AdapterException naming the tensors
   */
  public void check(List<PeftTensor> tensors, boolean strict) {
    Set<PeftTensor> expected = new LinkedHashSet<>(tensors);
    List<String> absent =
        expected.stream().filter(t -> !index.containsKey(t)).map(PeftNames::fileName).toList();
    List<String> extra =
        index.entrySet().stream()
            .filter(e -> !expected.contains(e.getKey()))
            .map(Map.Entry::getValue)
            .toList();
    if (absent.isEmpty() && extra.isEmpty()) {
      return;
    }
    String message =
        "%s: the tensors are not those that %s and the model call for:%s%s; is it the adapter of another model?"
            .formatted(
                path,
                PeftConfigJson.FILE_NAME,
                listed(" missing", absent),
                listed(" unexpected", extra));
    if (strict) {
      throw new AdapterException(message);
    }
    LOGGER.warn("{}", message);
  }

  /**
   * Holds the base weights that PEFT stores with adapters on the head against the model's own; the
   * model's stay in use.
   *
   * @param plan what the configuration means
   * @param host the model
   * @param strict whether other weights are refused; if not, they are logged
   * @throws AdapterException naming the tensor and where it differs
   */
  public void checkBase(AdaptationPlan plan, AdapterHost host, boolean strict) {
    for (AdaptedModule module : plan.storedBases()) {
      String name = index.get(new PeftTensor(module.name(), TensorRole.BASE_WEIGHT));
      if (name != null) {
        host.unquantizedWeight(module.name())
            .flatMap(own -> differenceOfBase(name, own))
            .ifPresent(difference -> refuseBase(name, difference, strict));
      }
    }
  }

  private Optional<String> differenceOfBase(String name, NDArray own) {
    try {
      return new StoredBaseWeight(file.tensor(name)).differenceFrom(own);
    } catch (CheckpointException e) {
      throw new AdapterException(String.valueOf(e.getMessage()), e);
    }
  }

  private void refuseBase(String name, String difference, boolean strict) {
    String message =
        "%s: tensor \"%s\" %s; is it the adapter of another model, or of another vocabulary?"
            .formatted(path, name, difference);
    if (strict) {
      throw new AdapterException(message);
    }
    LOGGER.warn("{}", message);
  }

  private static String listed(String title, List<String> names) {
    if (names.isEmpty()) {
      return "";
    }
    List<String> shown = names.subList(0, Math.min(NAMES_SHOWN, names.size()));
    String more = names.size() > NAMES_SHOWN ? ", …" : "";
    return "%s (%d): %s%s".formatted(title, names.size(), String.join(", ", shown), more);
  }

  @Override
  public NDArray a(NDManager manager, AdaptedModule module) {
    return index.containsKey(module.a())
        ? read(manager, module.a(), FactorSource.shapeOfA(module))
        : missing.a(manager, module);
  }

  @Override
  public NDArray b(NDManager manager, AdaptedModule module) {
    return index.containsKey(module.b())
        ? read(manager, module.b(), FactorSource.shapeOfB(module))
        : missing.b(manager, module);
  }

  @Override
  public NDArray saved(NDManager manager, PeftTensor tensor, NDArray base, WeightOrder order) {
    return index.containsKey(tensor)
        ? order.turned(read(manager, tensor, order.stored(base.getShape())))
        : missing.saved(manager, tensor, base, order);
  }

  /**
   * A tensor of the file.
   *
   * @param manager owns the result
   * @param tensor which
   * @param shape what it must have
   * @return the value in float32, or empty if the file lacks it
   * @throws AdapterException if it has another shape or cannot be read
   */
  Optional<NDArray> tensor(NDManager manager, PeftTensor tensor, Shape shape) {
    return index.containsKey(tensor) ? Optional.of(read(manager, tensor, shape)) : Optional.empty();
  }

  private NDArray read(NDManager manager, PeftTensor tensor, Shape shape) {
    StoredTensor stored = file.tensor(Objects.requireNonNull(index.get(tensor)));
    if (!stored.shape().equals(shape)) {
      throw new AdapterException(
          "%s: tensor \"%s\" has shape %s, but its configuration and the model call for %s; is it the adapter of another model?"
              .formatted(path, stored.name(), stored.shape(), shape));
    }
    try {
      return stored.toFloat32(manager);
    } catch (CheckpointException e) {
      throw new AdapterException(String.valueOf(e.getMessage()), e);
    }
  }

  @Override
  public void close() {
    file.close();
  }
}
