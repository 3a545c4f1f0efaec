// SPDX-License-Identifier: Apache-2.0
/**
 * Which modules of a model a {@link io.github.lora4j.LoraConfig} adapts, trains and stores, by the
 * rules of PEFT.
 *
 * <p>{@link io.github.lora4j.target.TargetResolver} makes an {@link
 * io.github.lora4j.target.AdaptationPlan} of a config and a list of {@link
 * io.github.lora4j.target.AdaptableModule}s.
 */
@NullMarked
package io.github.lora4j.target;

import org.jspecify.annotations.NullMarked;
