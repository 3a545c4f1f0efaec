// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.inject.block;

import ai.djl.nn.Block;
import ai.djl.nn.Parameter;
import ai.djl.util.Pair;
import io.github.lora4j.djl.inject.parameter.ModuleKinds;
import io.github.lora4j.djl.inject.parameter.ParameterModule;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The modules of a tree of DJL's blocks. A module is called by the way to it: the names of the
 * child blocks, joined by dots, without the number that DJL puts before each where the rest of the
 * name is enough among its siblings: {@code transformer_0.selfAttention.queryProjection}, but
 * {@code 01Linear}, {@code 03Linear}.
 *
 * <p>A block's parameters {@code weight} and {@code bias} (or {@code gamma} and {@code beta}) make
 * one module of the block's name, its {@code embedding} too; each other parameter is a module of
 * its own below it. Running statistics are none.
 */
public final class BlockTree {
  private static final int DIGITS = 2;

  private final List<ParameterModule> modules = new ArrayList<>();
  private final Set<Parameter> seen = new HashSet<>();

  private BlockTree() {}

  /**
   * Finds the modules.
   *
   * @param root the block, with initialised parameters
   * @return in the order of the blocks; a parameter that several blocks share once, at the first
   */
  public static List<ParameterModule> modules(Block root) {
    BlockTree tree = new BlockTree();
    tree.visit("", root);
    return List.copyOf(tree.modules);
  }

  private void visit(String path, Block block) {
    Map<String, Parameter> own = new LinkedHashMap<>();
    for (Pair<String, Parameter> pair : block.getDirectParameters()) {
      if (!isStatistic(pair.getValue()) && seen.add(pair.getValue())) {
        own.put(pair.getKey(), pair.getValue());
      }
    }
    String name = path.isEmpty() ? block.getClass().getSimpleName() : path;
    addWeighted(name, own, "weight", "bias");
    addWeighted(name, own, "gamma", "beta");
    Optional.ofNullable(own.remove("embedding"))
        .ifPresent(table -> modules.add(ModuleKinds.table(name, table)));
    own.forEach((key, parameter) -> modules.add(ModuleKinds.other(join(path, key), parameter)));
    names(block).forEach((child, key) -> visit(join(path, key), child));
  }

  private void addWeighted(String name, Map<String, Parameter> own, String weight, String bias) {
    Optional.ofNullable(own.remove(weight))
        .ifPresent(
            found ->
                modules.add(
                    ModuleKinds.weighted(name, found, Optional.ofNullable(own.remove(bias)))));
  }

  /** A running mean or variance, which no gradient trains. */
  static boolean isStatistic(Parameter parameter) {
    return parameter.getType() == Parameter.Type.RUNNING_MEAN
        || parameter.getType() == Parameter.Type.RUNNING_VAR;
  }

  private static Map<Block, String> names(Block block) {
    List<Pair<String, Block>> children = new ArrayList<>();
    block.getChildren().forEach(children::add);
    Set<String> bare = new HashSet<>();
    Set<String> repeated = new HashSet<>();
    children.stream()
        .map(child -> bare(child.getKey()))
        .filter(n -> !bare.add(n))
        .forEach(repeated::add);
    Map<Block, String> names = new LinkedHashMap<>();
    for (Pair<String, Block> child : children) {
      String name = bare(child.getKey());
      boolean enough = !name.isEmpty() && !repeated.contains(name);
      names.putIfAbsent(child.getValue(), enough ? name : child.getKey());
    }
    return names;
  }

  private static String bare(String numbered) {
    int digits = 0;
    while (digits < numbered.length() && Character.isDigit(numbered.charAt(digits))) {
      digits++;
    }
    return digits >= DIGITS ? numbered.substring(digits) : numbered;
  }

  private static String join(String path, String name) {
    return path.isEmpty() ? name : path + "." + name;
  }
}
