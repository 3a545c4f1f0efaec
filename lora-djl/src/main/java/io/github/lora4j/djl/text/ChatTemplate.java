// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.text;

import io.github.lora4j.ConfigurationException;
import io.github.lora4j.data.ChatMessage;
import io.github.lora4j.djl.text.jinja.JinjaTemplate;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A checkpoint's chat template, rendered as transformers' {@code apply_chat_template} does: Jinja2
 * with {@code trim_blocks}, {@code lstrip_blocks}, {@code break} and {@code continue}, {@code
 * raise_exception}, {@code strftime_now} and a {@code tojson} without HTML escapes. A template is
 * not trusted: it sees the conversation and the special tokens, nothing else.
 */
public final class ChatTemplate {
  private final JinjaTemplate template;

  private ChatTemplate(JinjaTemplate template) {
    this.template = template;
  }

  /**
   * Compiles a template.
   *
   * @param source its Jinja2 source
   * @return the template
   * @throws ConfigurationException if it is malformed or uses what is not supported; names the line
   */
  public static ChatTemplate compile(String source) {
    return new ChatTemplate(JinjaTemplate.parse(source));
  }

  /**
   * Renders a conversation.
   *
   * @param messages the turns, oldest first
   * @param addGenerationPrompt whether to end with the opening of the assistant's turn
   * @param specialTokens the special tokens by the names templates know ({@code bos_token}, …)
   * @return the text, special tokens included
   * @throws ConfigurationException if the template refuses the conversation, with its own message;
   *     or if it fails on it, with the line
   */
  public String render(
      List<ChatMessage> messages, boolean addGenerationPrompt, Map<String, String> specialTokens) {
    Map<String, Object> variables = new HashMap<>(specialTokens);
    variables.put("messages", messages.stream().map(ChatTemplate::fields).toList());
    variables.put("add_generation_prompt", addGenerationPrompt);
    // Templates tell "no tools" from None; transformers passes None for both.
    variables.put("tools", null);
    variables.put("documents", null);
    return template.render(variables);
  }

  private static Map<String, Object> fields(ChatMessage message) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("role", message.role());
    fields.put("content", message.content());
    return fields;
  }
}
