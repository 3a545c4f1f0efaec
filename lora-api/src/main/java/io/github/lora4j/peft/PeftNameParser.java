// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.peft;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** Reads one tensor's name, without its prefix, from its last segment backwards. */
final class PeftNameParser {
  private static final String SAVED = "modules_to_save";
  private static final String ORIGINAL = "original_module";

  private final List<String> segments;

  PeftNameParser(String name) {
    segments = new ArrayList<>(Arrays.asList(name.split("\\.", -1)));
  }

  Optional<PeftTensor> parse() {
    if (segments.contains("") || segments.contains(ORIGINAL)) {
      return Optional.empty();
    }
    for (TensorRole role : TensorRole.values()) {
      int module =
          Math.max(
              moduleLength(role, role.parameter()), moduleLength(role, role.memoryParameter()));
      if (role.isOfModule() && module > 0 && isNamedByContainer(role, module)) {
        return Optional.of(new PeftTensor(moduleName(module), role));
      }
    }
    return Optional.empty();
  }

  /**
   * A container that is the parameter itself says so little that all before it must be a module.
   */
  private boolean isNamedByContainer(TensorRole role, int module) {
    return !role.isPerAdapter() || !role.parameter().isEmpty() || isPlain(module);
  }

  /** How many segments before the role's own name the module; 0 if the name is not of that role. */
  private int moduleLength(TensorRole role, String parameter) {
    int end = segments.size();
    if (!parameter.isEmpty()) {
      end--;
      if (!segments.get(end).equals(parameter)) {
        return 0;
      }
    }
    if (role.container().isEmpty()) {
      return isPlain(end) ? end : 0;
    }
    int module = beforeContainer(role, end);
    if (module > 0) {
      return module;
    }
    return role.isPerAdapter() && !isParameter(parameter, end - 1)
        ? beforeContainer(role, end - 1)
        : 0;
  }

  /** Whether a segment that may be an adapter's name is a parameter of a container without any. */
  private boolean isParameter(String parameter, int index) {
    return parameter.isEmpty() && segments.get(index).equals("bias");
  }

  /** Whether no segment is PEFT's own: {@code lora_xs} is no module to be saved. */
  private boolean isPlain(int length) {
    return segments.subList(0, length).stream().noneMatch(PeftNameParser::isOfPeft);
  }

  private static boolean isOfPeft(String segment) {
    return segment.startsWith("lora_")
        || segment.startsWith("adapter_")
        || segment.equals("ia3_l")
        || segment.equals("token_adapter")
        || segment.equals("base_layer");
  }

  /** How many segments are before the role's container, if it ends there; else 0. */
  private int beforeContainer(TensorRole role, int end) {
    List<String> container = List.of(role.container().split("\\."));
    int begin = end - container.size();
    return begin > 0 && segments.subList(begin, end).equals(container) ? begin : 0;
  }

  /** Drops {@code modules_to_save} and the adapter's name after it, which is missing at times. */
  private String moduleName(int length) {
    List<String> module = new ArrayList<>(segments.subList(0, length));
    int saved = module.indexOf(SAVED);
    if (saved > 0) {
      module.subList(saved, Math.min(saved + 2, length)).clear();
    }
    return String.join(".", module);
  }
}
