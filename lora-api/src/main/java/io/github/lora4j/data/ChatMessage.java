// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.data;

import java.util.Objects;

/**
 * One turn of a conversation, as chat templates see it.
 *
 * @param role who speaks: {@code system}, {@code user}, {@code assistant} or what the template
 *     knows
 * @param content what is said
 */
public record ChatMessage(String role, String content) {
  /** Checks that neither part is null. */
  public ChatMessage {
    Objects.requireNonNull(role, "role");
    Objects.requireNonNull(content, "content");
  }

  /**
   * A message of the user.
   *
   * @param content what the user says
   * @return the message
   */
  public static ChatMessage user(String content) {
    return new ChatMessage("user", content);
  }

  /**
   * A message of the assistant.
   *
   * @param content what the assistant says
   * @return the message
   */
  public static ChatMessage assistant(String content) {
    return new ChatMessage("assistant", content);
  }

  /**
   * The system message.
   *
   * @param content the instructions for the whole conversation
   * @return the message
   */
  public static ChatMessage system(String content) {
    return new ChatMessage("system", content);
  }

  boolean isAssistant() {
    return role.equals("assistant");
  }
}
