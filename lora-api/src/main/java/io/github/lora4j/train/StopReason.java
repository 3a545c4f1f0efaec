// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.train;

/** Why a run ended. */
public enum StopReason {
  /** All steps were made. */
  COMPLETED,
  /** The evaluation loss did not fall for as many evaluations as the patience allows. */
  EARLY_STOPPED,
  /** A {@link FineTuningListener} asked for it. */
  STOPPED_BY_LISTENER,
  /** A {@link StopSignal} asked for it; a checkpoint was written to go on from. */
  STOPPED_BY_SIGNAL,
  /** It was one of several, and taken out by {@code MultiLoraTrainer.cancel}. */
  CANCELLED,
  /** It was one of several, and failed; alone it would have thrown. */
  FAILED
}
