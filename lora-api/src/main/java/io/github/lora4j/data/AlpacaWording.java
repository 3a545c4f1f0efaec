// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.data;

/** The two prompts that the Stanford Alpaca models were trained on, word for word. */
final class AlpacaWording {
  static final String WITH_INPUT =
      "Below is an instruction that describes a task, paired with an input that provides further"
          + " context. Write a response that appropriately completes the request.\n\n"
          + "### Instruction:\n{instruction}\n\n### Input:\n{input}\n\n### Response:";

  static final String WITHOUT_INPUT =
      "Below is an instruction that describes a task. Write a response that appropriately"
          + " completes the request.\n\n### Instruction:\n{instruction}\n\n### Response:";

  private AlpacaWording() {}
}
