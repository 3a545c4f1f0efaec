// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.train;

import ai.djl.ndarray.NDManager;
import io.github.lora4j.djl.nn.Decoder;
import io.github.lora4j.train.GradientCheckpointing;
import io.github.lora4j.train.ReportPlan;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.IntFunction;

/**
 * What a run needs of a model.
 *
 * @param decoder the decoder, with what of it trains unfrozen
 * @param manager sub-managers of it own the work's arrays
 * @param checkpointing how much of the forward pass the model was told to keep
 * @param stepHooks what adapters do in each step of a run of so many steps
 * @param saver saves what was trained into a directory
 * @param facts what is reported of it
 * @param answers what it answers to a plan's prompts, as it is
 */
public record TrainedModel(
    Decoder decoder,
    NDManager manager,
    GradientCheckpointing checkpointing,
    IntFunction<StepHooks> stepHooks,
    Consumer<Path> saver,
    ModelFacts facts,
    Function<ReportPlan, List<String>> answers) {}
