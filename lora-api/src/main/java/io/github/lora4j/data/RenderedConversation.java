// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.data;

import io.github.lora4j.ConfigurationException;
import io.github.lora4j.DatasetException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A conversation as one text, and which parts of it the assistant says.
 *
 * <p>A turn is found by rendering prefixes of the conversation: what the template gives up to the
 * assistant's turn (with the generation prompt) and up to its end must both begin the whole text.
 * Templates that write earlier turns differently from the last (dropped reasoning, a system message
 * moved to the last question) break that; there the turn is found by rendering the conversation
 * once more with a marker in its place.
 *
 * @param text the whole conversation
 * @param learned the assistant's turns, in order and apart from each other
 */
record RenderedConversation(String text, List<Span> learned) {
  /** Part of a text, from start (inclusive) to end (exclusive), in characters. */
  record Span(int start, int end) {}

  // Letters alone: nothing a template trims, splits on or looks for.
  private static final String MARKER = "LORAFOURJASSISTANTTURN";

  static RenderedConversation of(Conversation conversation, LlmTokenizer tokenizer) {
    return new Renderer(conversation.messages(), tokenizer).render();
  }

  private record Renderer(List<ChatMessage> messages, LlmTokenizer tokenizer) {
    RenderedConversation render() {
      String whole = tokenizer.applyChatTemplate(messages, false);
      List<Span> spans = new ArrayList<>();
      int from = 0;
      for (int turn = 0; turn < messages.size(); turn++) {
        if (messages.get(turn).isAssistant()) {
          Span span = find(turn, whole);
          if (span.start() < from) {
            throw lost(turn);
          }
          spans.add(span);
          from = span.end();
        }
      }
      return new RenderedConversation(whole, List.copyOf(spans));
    }

    private Span find(int turn, String whole) {
      return byPrefixes(turn, whole).or(() -> byMarker(turn, whole)).orElseThrow(() -> lost(turn));
    }

    private Optional<Span> byPrefixes(int turn, String whole) {
      Optional<String> before = prefix(turn, true);
      Optional<String> through =
          turn == messages.size() - 1 ? Optional.of(whole) : prefix(turn + 1, false);
      if (before.isEmpty() || through.isEmpty()) {
        return Optional.empty();
      }
      int start = before.get().length();
      int end = through.get().length();
      boolean nested = whole.startsWith(before.get()) && whole.startsWith(through.get());
      return nested && start < end ? Optional.of(new Span(start, end)) : Optional.empty();
    }

    private Optional<String> prefix(int length, boolean addGenerationPrompt) {
      try {
        return Optional.of(
            tokenizer.applyChatTemplate(messages.subList(0, length), addGenerationPrompt));
      } catch (ConfigurationException refused) {
        // A template may refuse part of a conversation that it accepts as a whole.
        return Optional.empty();
      }
    }

    private Optional<Span> byMarker(int turn, String whole) {
      List<ChatMessage> marked = new ArrayList<>(messages);
      marked.set(turn, ChatMessage.assistant(MARKER));
      String text = tokenizer.applyChatTemplate(marked, false);
      int at = text.indexOf(MARKER);
      if (at < 0) {
        return Optional.empty();
      }
      String after = text.substring(at + MARKER.length());
      int end = whole.length() - after.length();
      boolean fits = end > at && whole.startsWith(text.substring(0, at)) && whole.endsWith(after);
      return fits ? Optional.of(new Span(at, end + endOfTurn(after))) : Optional.empty();
    }

    /** The length of the end-of-sequence token that follows a turn, which is learned with it. */
    private int endOfTurn(String after) {
      for (int id : tokenizer.endOfSequenceIds()) {
        String token = tokenizer.decode(new int[] {id}, false);
        int at = after.indexOf(token);
        if (!token.isEmpty() && at >= 0 && after.substring(0, at).isBlank()) {
          return at + token.length();
        }
      }
      return 0;
    }

    private static DatasetException lost(int turn) {
      return new DatasetException(
          "messages[%d]: the chat template does not show this turn of the assistant as a part of"
                  .formatted(turn)
              + " the conversation, so it cannot be told apart from the rest; split the conversation"
              + " into prompt and completion yourself");
    }
  }
}
