// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.report;

import ai.djl.engine.Engine;
import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import io.github.lora4j.AdapterConfig;
import io.github.lora4j.djl.kernel.NativeKernels;
import io.github.lora4j.peft.PeftConfigJson;
import io.github.lora4j.train.EvaluationPlan;
import io.github.lora4j.train.FineTuningOptions;
import io.github.lora4j.train.LearningRatePlan;
import io.github.lora4j.train.RunInfo;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** What a person wants to know of a run later: how it was set up, and where it ran. */
final class RunFacts {
  /** What PEFT writes into every file, and what says nothing of a run of ours. */
  private static final Set<String> NOT_SHOWN =
      Set.of("inference_mode", "megatron_core", "qalora_group_size", "base_model_name_or_path");

  private RunFacts() {}

  /** Model, data, options and adapter, by name, in the order in which they are read. */
  static Map<String, String> configuration(RunInfo info) {
    Map<String, String> facts = new LinkedHashMap<>();
    FineTuningOptions options = info.options();
    facts.put("model", info.model());
    facts.put("parameters", parameters(info));
    facts.put("training rows", number(info.trainingRows()));
    if (info.evaluationRows() > 0) {
      facts.put("evaluation rows", number(info.evaluationRows()));
      facts.put("evaluation", evaluation(options.evaluation()));
    }
    facts.put(
        "steps", number(info.totalSteps()) + ", " + number(info.stepsPerEpoch()) + " an epoch");
    facts.put("rows of a step", rowsOfAStep(options));
    facts.put("optimizer", optimizer(options));
    facts.put(
        "gradient clipping",
        options.maxGradientNorm() > 0 ? "to norm " + options.maxGradientNorm() : "none");
    options
        .gradientCheckpointing()
        .ifPresent(choice -> facts.put("gradient checkpointing", choice.toString()));
    options.lisa().ifPresent(lisa -> facts.put("LISA", lisa.toString()));
    facts.put("seed", Long.toString(options.seed()));
    info.adapter().ifPresent(adapter -> facts.putAll(adapter(adapter)));
    return facts;
  }

  static String parameters(RunInfo info) {
    return info.options().lisa().isPresent()
        ? number(info.parameters().total()) + ", a few layers of them at a time"
        : info.parameters().toString();
  }

  static String rowsOfAStep(FineTuningOptions options) {
    int accumulation = options.gradientAccumulation();
    return accumulation == 1
        ? Integer.toString(options.batchSize())
        : options.batchSize() + " × " + accumulation;
  }

  static String optimizer(FineTuningOptions options) {
    if (options.optimizer().isPresent()) {
      return options.optimizer().get().getClass().getSimpleName() + ", as given";
    }
    LearningRatePlan plan = options.learningRate();
    String warmup =
        plan.warmupSteps() > 0
            ? ", warm-up of %d steps".formatted(plan.warmupSteps())
            : plan.warmupRatio() > 0 ? ", warm-up ratio %s".formatted(plan.warmupRatio()) : "";
    String decay = options.weightDecay() > 0 ? ", weight decay " + options.weightDecay() : "";
    String schedule = plan.schedule().name().toLowerCase(Locale.ROOT);
    return "AdamW, learning rate " + plan.peak() + ", " + schedule + warmup + decay;
  }

  private static String evaluation(EvaluationPlan plan) {
    String every =
        plan.interval().isPresent()
            ? "every " + plan.interval().getAsInt() + " steps"
            : "once an epoch";
    return every
        + (plan.keepBest() ? ", the best is kept" : "")
        + (plan.patience() > 0 ? ", patience " + plan.patience() : "");
  }

  /** The fields of {@code adapter_config.json} that say something. */
  private static Map<String, String> adapter(AdapterConfig config) {
    Map<String, String> facts = new LinkedHashMap<>();
    JsonParser.parseString(PeftConfigJson.toJson(config))
        .getAsJsonObject()
        .asMap()
        .forEach(
            (name, value) -> {
              if (!NOT_SHOWN.contains(name) && saysSomething(value)) {
                facts.put(name, text(value));
              }
            });
    return facts;
  }

  private static boolean saysSomething(JsonElement value) {
    if (value.isJsonArray()) {
      return !value.getAsJsonArray().isEmpty();
    }
    if (value.isJsonObject()) {
      return !value.getAsJsonObject().isEmpty();
    }
    return !value.isJsonNull() && !value.getAsString().equals("false");
  }

  private static String text(JsonElement value) {
    return value.isJsonPrimitive() ? value.getAsString() : value.toString();
  }

  /** Versions and machine. */
  static Map<String, String> environment(RunInfo info) {
    Map<String, String> facts = new LinkedHashMap<>();
    facts.put("device", info.device());
    facts.put("processors", Integer.toString(Runtime.getRuntime().availableProcessors()));
    facts.put(
        "system", property("os.name") + " " + property("os.version") + ", " + property("os.arch"));
    facts.put("Java", property("java.version") + ", " + property("java.vm.name"));
    facts.put("DJL", Engine.getDjlVersion());
    facts.put("libtorch", Engine.getEngine("PyTorch").getVersion());
    facts.put(
        "native kernels",
        NativeKernels.get()
            .map(kernels -> kernels.instructionSet().name().toLowerCase(Locale.ROOT))
            .orElse("none, libtorch's operators"));
    return facts;
  }

  private static String property(String name) {
    return System.getProperty(name, "unknown");
  }

  static String number(long count) {
    return String.format(Locale.ROOT, "%,d", count);
  }
}
