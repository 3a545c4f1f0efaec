// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.peft;

import io.github.lora4j.AdapterException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * How PEFT calls the tensors of an adapter, in {@code adapter_model.safetensors} and in memory.
 *
 * <p>In the file a name says nothing of the adapter: {@code
 * base_model.model.lm_head.lora_A.weight}. In memory it does: {@code
 * base_model.model.lm_head.lora_A.default.weight}.
 */
public final class PeftNames {
  /** The adapter that PEFT makes where no name is given. */
  public static final String DEFAULT_ADAPTER = "default";

  private static final String PREFIX = "base_model.model.";
  private static final String PROMPT_EMBEDDINGS = TensorRole.PROMPT_EMBEDDINGS.container();
  private static final String PROMPT_ENCODER = TensorRole.PROMPT_ENCODER.container() + ".";
  private static final String SAVED = "modules_to_save";
  private static final String ORIGINAL = "original_module";

  private PeftNames() {}

  /**
   * The tensor's name in an adapter's file.
   *
   * @param tensor the tensor
   * @return its name
   */
  public static String fileName(PeftTensor tensor) {
    TensorRole role = tensor.role();
    return role.isOfModule()
        ? PREFIX + join(tensor.module(), role.container(), role.parameter())
        : join(role.container(), tensor.module());
  }

  /**
   * The tensor's name among the parameters of a model in memory.
   *
   * @param tensor the tensor
   * @param adapter the adapter's name, such as {@link #DEFAULT_ADAPTER}
   * @param savedModules the modules that PEFT wrapped for {@code modules_to_save}, by full name
   * @return its name
   */
  public static String memoryName(
      PeftTensor tensor, String adapter, Collection<String> savedModules) {
    TensorRole role = tensor.role();
    if (role == TensorRole.PROMPT_ENCODER) {
      return join(role.container(), adapter, tensor.module());
    }
    if (role.isPerAdapter()) {
      return PREFIX + join(tensor.module(), role.memoryName(adapter));
    }
    return savedModules.stream()
        .filter(saved -> (tensor.module() + ".").startsWith(saved + "."))
        .findFirst()
        .map(saved -> savedName(tensor, adapter, saved))
        .orElseGet(() -> fileName(tensor));
  }

  /**
   * Reads a name, of a file or of memory, whatever adapter it names.
   *
   * @param name the tensor's name
   * @return the tensor, or empty if no adapter of a supported kind has a tensor so called
   */
  public static Optional<PeftTensor> parse(String name) {
    if (name.equals(PROMPT_EMBEDDINGS)) {
      return Optional.of(new PeftTensor("", TensorRole.PROMPT_EMBEDDINGS));
    }
    if (name.startsWith(PROMPT_ENCODER)) {
      int path = name.indexOf('.', PROMPT_ENCODER.length()) + 1;
      return path == 0
          ? Optional.empty()
          : Optional.of(new PeftTensor(name.substring(path), TensorRole.PROMPT_ENCODER));
    }
    return name.startsWith(PREFIX)
        ? new PeftNameParser(name.substring(PREFIX.length())).parse()
        : Optional.empty();
  }

  /**
   * Reads all names of an adapter's file. PEFT stores the biases of {@code modules_to_save} up to
   * three times when {@code bias} is {@code "all"}: the copies, and the originals, which are not
   * the adapter's, are left out.
   *
   * @param names the names in the file
   * @param source what to call the file in messages
   * @return the name of each tensor, in the file's order
   * @throws AdapterException if a name belongs to no tensor of a supported kind
   */
  public static Map<PeftTensor, String> index(Collection<String> names, String source) {
    Map<PeftTensor, String> index = new LinkedHashMap<>();
    for (String name : names) {
      if (name.contains("." + ORIGINAL + ".")) {
        continue;
      }
      PeftTensor tensor = parse(name).orElseThrow(() -> unknown(name, source));
      if (name.equals(fileName(tensor))) {
        index.put(tensor, name);
      } else {
        index.putIfAbsent(tensor, name);
      }
    }
    return index;
  }

  private static AdapterException unknown(String name, String source) {
    return new AdapterException(
        "%s: tensor \"%s\" is none of an adapter's; expected names such as \"%s\""
            .formatted(
                source, name, fileName(new PeftTensor("layers.0.q_proj", TensorRole.LORA_A))));
  }

  private static String savedName(PeftTensor tensor, String adapter, String saved) {
    String inside = tensor.module().substring(saved.length());
    return PREFIX
        + join(
            saved, SAVED, adapter + inside, tensor.role().container(), tensor.role().parameter());
  }

  private static String join(String... segments) {
    StringBuilder name = new StringBuilder();
    for (String segment : segments) {
      if (!segment.isEmpty()) {
        name.append(name.isEmpty() ? "" : ".").append(segment);
      }
    }
    return name.toString();
  }
}
