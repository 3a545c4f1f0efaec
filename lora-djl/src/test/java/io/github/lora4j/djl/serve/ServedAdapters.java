// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.serve;

import ai.djl.engine.Engine;
import io.github.lora4j.CausalLm;
import io.github.lora4j.Initialization;
import io.github.lora4j.LoraConfig;
import io.github.lora4j.LoraConfigBuilder;
import io.github.lora4j.LoraModel;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;

/** Adapters on disk that say something else than the base, each of its own rank and targets. */
final class ServedAdapters {
  private static final List<Integer> RANKS = List.of(4, 8, 16, 32, 64);
  private static final List<List<String>> TARGETS =
      List.of(
          List.of("q_proj", "v_proj"),
          List.of("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"),
          List.of("down_proj", "o_proj"));

  private ServedAdapters() {}

  /**
   * Writes adapters.
   *
   * @param base the model they are for
   * @param root a directory for each comes into it
   * @param count how many
   * @return their names
   */
  static List<String> write(CausalLm base, Path root, int count) {
    Engine.getInstance().setRandomSeed(17);
    return IntStream.range(0, count).mapToObj(i -> write(base, root, i, "adapter" + i)).toList();
  }

  /** Whether an adapter is one of the small ones. */
  static boolean isOfLeastRank(String name) {
    return Integer.parseInt(name.substring("adapter".length())) % RANKS.size() == 0;
  }

  private static String write(CausalLm base, Path root, int index, String name) {
    int rank = RANKS.get(index % RANKS.size());
    LoraConfigBuilder config =
        LoraConfig.builder()
            .rank(rank)
            .alpha(8 * rank)
            .targetModules(TARGETS.get(index % TARGETS.size()).toArray(String[]::new))
            .initialization(Initialization.RANDOM);
    if (index % 7 == 0) {
      config.rankStabilized(true).alpha(8);
    }
    try (LoraModel model = LoraModel.wrap(base, config.build())) {
      model.saveAdapter(root.resolve(name));
    }
    return name;
  }
}
