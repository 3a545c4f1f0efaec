// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.benchmark.choosing;

import io.github.lora4j.AdaLoraConfig;
import io.github.lora4j.AdapterConfig;
import io.github.lora4j.CausalLm;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.LoadOptions;
import io.github.lora4j.LoraConfig;
import io.github.lora4j.LoraConfigBuilder;
import io.github.lora4j.LoraModel;
import io.github.lora4j.PromptTuningConfig;
import io.github.lora4j.quant.Quantization;
import io.github.lora4j.train.FineTunerBuilder;
import io.github.lora4j.train.LisaConfig;
import io.github.lora4j.train.TrainableModules;
import java.util.List;
import java.util.function.IntFunction;
import java.util.function.UnaryOperator;

/**
 * A way to fine-tune.
 *
 * @param name its name
 * @param learningRate the highest rate, found by {@code benchmark choosing --tune}
 * @param load how the base is loaded
 * @param prepare what is trained
 * @param options what the fine-tuner is told beside the rest
 */
record Method(
    String name,
    float learningRate,
    LoadOptions load,
    Preparation prepare,
    UnaryOperator<FineTunerBuilder> options) {
  /** Says what is trained. */
  @FunctionalInterface
  interface Preparation {
    /** Gives the base, or a model around it that the caller closes, for so many steps. */
    CausalLm of(CausalLm base, int steps);
  }

  private static final int RANK = 8;
  private static final LoadOptions NF4 =
      LoadOptions.builder().quantization(Quantization.nf4().doubleQuantization()).build();

  /** All methods, in the order of the table. */
  static final List<Method> ALL =
      List.of(
          adapter("lora", 8e-3f, LoadOptions.defaults(), steps -> lowRank().build()),
          adapter("qlora", 8e-3f, NF4, steps -> lowRank().build()),
          adapter("dora", 8e-3f, LoadOptions.defaults(), steps -> lowRank().useDora(true).build()),
          adapter("adalora", 1.6e-2f, LoadOptions.defaults(), Method::adaptive),
          whole("lisa", 2e-3f, tuner -> tuner.lisa(LisaConfig.activeLayers(2).interval(20))),
          whole("full", 2e-3f, UnaryOperator.identity()),
          adapter(
              "prompt",
              3e-2f,
              LoadOptions.defaults(),
              steps -> PromptTuningConfig.builder().numVirtualTokens(20).build()));

  private static LoraConfigBuilder lowRank() {
    return LoraConfig.builder().rank(RANK).alpha(2 * RANK).allLinear();
  }

  /** A tenth of the steps with all ranks, a third with those that are left. */
  private static AdaLoraConfig adaptive(int steps) {
    int initial = RANK * 3 / 2;
    return AdaLoraConfig.builder()
        .initialRank(initial)
        .targetRank(RANK)
        .alpha(2 * initial)
        .allLinear()
        .tinit(steps / 10)
        .tfinal(steps / 3)
        .build();
  }

  private static Method adapter(
      String name, float learningRate, LoadOptions load, IntFunction<AdapterConfig> config) {
    return new Method(
        name,
        learningRate,
        load,
        (base, steps) -> LoraModel.wrap(base, config.apply(steps)),
        UnaryOperator.identity());
  }

  private static Method whole(
      String name, float learningRate, UnaryOperator<FineTunerBuilder> options) {
    return new Method(name, learningRate, LoadOptions.defaults(), Method::unfrozen, options);
  }

  private static CausalLm unfrozen(CausalLm base, int steps) {
    base.train(TrainableModules.all());
    return base;
  }

  /** The method of a name. */
  static Method named(String name) {
    return ALL.stream()
        .filter(method -> method.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new ConfigurationException(
                    "no method \"%s\"; there are %s"
                        .formatted(name, ALL.stream().map(Method::name).toList())));
  }
}
