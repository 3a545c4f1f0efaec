// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.serve;

import io.github.lora4j.ConfigurationException;
import io.github.lora4j.data.ChatMessage;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;

/** What a request continues. */
public sealed interface Prompt {
  /**
   * A text, encoded as the request's {@link io.github.lora4j.generate.GenerationConfig} says.
   *
   * @param text the text
   */
  record Text(String text) implements Prompt {
    /** Checks that the text is not null. */
    public Text {
      Objects.requireNonNull(text, "text");
    }
  }

  /**
   * A conversation, rendered by the checkpoint's chat template up to the opening of the assistant's
   * turn.
   *
   * @param messages the turns, oldest first, at least one
   */
  record Chat(List<ChatMessage> messages) implements Prompt {
    /**
     * Copies the list.
     *
     * @throws ConfigurationException if it is empty
     */
    public Chat {
      messages = List.copyOf(messages);
      requireNotEmpty(messages, "messages");
    }
  }

  /**
   * Token ids, taken as they are.
   *
   * @param ids the ids, at least one
   */
  record Tokens(List<Integer> ids) implements Prompt {
    /**
     * Copies the list.
     *
     * @throws ConfigurationException if it is empty
     */
    public Tokens {
      ids = List.copyOf(ids);
      requireNotEmpty(ids, "token ids");
    }
  }

  /**
   * A text.
   *
   * @param text the text
   * @return the prompt
   */
  static Prompt text(String text) {
    return new Text(text);
  }

  /**
   * A conversation.
   *
   * @param messages the turns, oldest first
   * @return the prompt
   * @throws ConfigurationException if there is none
   */
  static Prompt chat(List<ChatMessage> messages) {
    return new Chat(messages);
  }

  /**
   * Token ids.
   *
   * @param ids the ids
   * @return the prompt
   * @throws ConfigurationException if there is none
   */
  static Prompt tokens(int... ids) {
    return new Tokens(IntStream.of(ids).boxed().toList());
  }

  private static void requireNotEmpty(List<?> list, String what) {
    if (list.isEmpty()) {
      throw new ConfigurationException("Prompt: expected at least one of " + what + ", found none");
    }
  }
}
