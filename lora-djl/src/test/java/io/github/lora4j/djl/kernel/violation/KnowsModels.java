// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.kernel.violation;

import io.github.lora4j.djl.model.DecoderModel;

/** Breaks the rule that packages point one way: a kernel that knows a model. */
public record KnowsModels(DecoderModel model) {}
