// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.train.multi;

import io.github.lora4j.train.FineTuningResult;
import java.util.Optional;

/**
 * What came of one job.
 *
 * @param name its name
 * @param training its steps, losses and why it ended
 * @param failure why it failed; present exactly if the stop reason is {@link
 *     io.github.lora4j.train.StopReason#FAILED}
 */
public record JobResult(
    String name, FineTuningResult training, Optional<RuntimeException> failure) {}
