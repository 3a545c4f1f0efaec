// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.train;

/** A file that a run writes into its output directory, and keeps up to date while it goes on. */
public enum ReportFormat {
  /** {@code metrics.csv}: a line a step. */
  CSV,
  /** {@code report.html}: charts, settings and samples on one page that needs nothing else. */
  HTML,
  /** An event file below {@code tensorboard/}, under the tags that transformers uses. */
  TENSOR_BOARD
}
