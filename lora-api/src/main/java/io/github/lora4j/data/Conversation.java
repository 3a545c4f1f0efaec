// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.data;

import java.util.List;

/**
 * A conversation of several turns, rendered by the checkpoint's chat template. Only what the
 * assistant says is learned.
 *
 * @param messages the turns, oldest first
 */
public record Conversation(List<ChatMessage> messages) implements TrainingRecord {
  /** Copies the turns. */
  public Conversation {
    messages = List.copyOf(messages);
  }

  /**
   * A conversation of the given turns.
   *
   * @param messages the turns, oldest first
   * @return the conversation
   */
  public static Conversation of(ChatMessage... messages) {
    return new Conversation(List.of(messages));
  }

  boolean endsWithAssistant() {
    return !messages.isEmpty() && messages.get(messages.size() - 1).isAssistant();
  }
}
