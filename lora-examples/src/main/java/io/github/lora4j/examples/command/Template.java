// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.examples.command;

import io.github.lora4j.data.LlmTokenizer;
import io.github.lora4j.data.PromptTemplate;

/** How an instruction reads as a prompt. */
enum Template {
  /** {@code Human: … Assistant: }. */
  HUMAN_ASSISTANT {
    @Override
    PromptTemplate of(LlmTokenizer tokenizer) {
      return PromptTemplate.humanAssistant();
    }
  },
  /** Stanford Alpaca's. */
  ALPACA {
    @Override
    PromptTemplate of(LlmTokenizer tokenizer) {
      return PromptTemplate.alpaca();
    }
  },
  /** The checkpoint's own. */
  CHAT {
    @Override
    PromptTemplate of(LlmTokenizer tokenizer) {
      return PromptTemplate.chat(tokenizer);
    }
  };

  abstract PromptTemplate of(LlmTokenizer tokenizer);

  @Override
  public String toString() {
    return OptionNames.of(this);
  }
}
