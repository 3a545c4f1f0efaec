// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.data;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.lora4j.ConfigurationException;
import io.github.lora4j.DatasetException;
import java.util.List;
import org.junit.jupiter.api.Test;

final class ConversationRowsTest {
  private static final Conversation TWO_TURNS =
      Conversation.of(
          ChatMessage.user("a"),
          ChatMessage.assistant("B"),
          ChatMessage.user("c"),
          ChatMessage.assistant("D"));

  private static Example row(CharTokenizer tokenizer, Conversation conversation) {
    return InstructionDataset.of(List.of(conversation), tokenizer).build().example(0);
  }

  @Test
  void everyTurnOfTheAssistantIsLearnedWithItsEnd() {
    Example example = row(new CharTokenizer(), TWO_TURNS);
    assertEquals("<user>a$<assistant>B$<user>c$<assistant>D$", CharTokenizer.text(example));
    assertEquals("...................B$...................D$", CharTokenizer.shown(example));
  }

  @Test
  void endIsAddedWhereTheTemplateWritesNone() {
    CharTokenizer tokenizer =
        new CharTokenizer().chatTemplate((m, g) -> CharTokenizer.plain(m, g).replace("$", ";"));
    assertEquals(
        "...................B;...................D;$",
        CharTokenizer.shown(row(tokenizer, TWO_TURNS)));
  }

  @Test
  void conversationThatEndsWithTheUserIsNotEnded() {
    CharTokenizer tokenizer =
        new CharTokenizer().chatTemplate((m, g) -> CharTokenizer.plain(m, g).replace("$", ";"));
    Conversation open =
        Conversation.of(ChatMessage.user("a"), ChatMessage.assistant("B"), ChatMessage.user("c"));
    assertEquals("...................B;........", CharTokenizer.shown(row(tokenizer, open)));
  }

  @Test
  void templateThatRewritesEarlierTurnsIsFollowed() {
    // As Qwen 3 does: thoughts are shown in the last turn only.
    CharTokenizer tokenizer =
        new CharTokenizer()
            .chatTemplate(
                (messages, generation) -> {
                  StringBuilder text = new StringBuilder();
                  for (int i = 0; i < messages.size(); i++) {
                    boolean thinks = messages.get(i).isAssistant() && i == messages.size() - 1;
                    text.append("<").append(messages.get(i).role()).append(">");
                    text.append(thinks ? "(think)" : "")
                        .append(messages.get(i).content())
                        .append("$");
                  }
                  return text.append(generation ? "<assistant>" : "").toString();
                });
    Example example = row(tokenizer, TWO_TURNS);
    assertEquals("<user>a$<assistant>B$<user>c$<assistant>(think)D$", CharTokenizer.text(example));
    assertEquals("...................B$...................(think)D$", CharTokenizer.shown(example));
  }

  @Test
  void templateThatMovesTheSystemMessageIsFollowed() {
    // As Mistral does: the system message stands before the last question.
    CharTokenizer tokenizer =
        new CharTokenizer()
            .chatTemplate(
                (messages, generation) -> {
                  String system = messages.get(0).content();
                  List<ChatMessage> rest = messages.subList(1, messages.size());
                  int last = 0;
                  for (int i = 0; i < rest.size(); i++) {
                    last = rest.get(i).role().equals("user") ? i : last;
                  }
                  StringBuilder text = new StringBuilder();
                  for (int i = 0; i < rest.size(); i++) {
                    boolean user = rest.get(i).role().equals("user");
                    text.append(user ? "[" + (i == last ? system : "") : "");
                    text.append(rest.get(i).content().strip()).append(user ? "]" : "$");
                  }
                  return text.toString();
                });
    Conversation conversation =
        Conversation.of(
            ChatMessage.system("S"),
            ChatMessage.user("a"),
            ChatMessage.assistant(" B "),
            ChatMessage.user("c"),
            ChatMessage.assistant("D"));
    Example example = row(tokenizer, conversation);
    assertEquals("[a]B$[Sc]D$", CharTokenizer.text(example));
    assertEquals("...B$....D$", CharTokenizer.shown(example));
  }

  @Test
  void templateThatRefusesAPrefixIsFollowed() {
    CharTokenizer tokenizer =
        new CharTokenizer()
            .chatTemplate(
                (m, g) -> m.size() < 4 ? CharTokenizer.refuse(m, g) : CharTokenizer.plain(m, g));
    assertEquals(
        "...................B$...................D$",
        CharTokenizer.shown(row(tokenizer, TWO_TURNS)));
  }

  @Test
  void turnThatTheTemplateHidesIsReported() {
    CharTokenizer tokenizer = new CharTokenizer().chatTemplate((m, g) -> "nothing");
    DatasetException e = assertThrows(DatasetException.class, () -> row(tokenizer, TWO_TURNS));
    assertTrue(e.getMessage().startsWith("record 1: messages[1]"), e.getMessage());
  }

  @Test
  void conversationWithoutAnAssistantIsReported() {
    DatasetException e =
        assertThrows(
            DatasetException.class,
            () -> row(new CharTokenizer(), Conversation.of(ChatMessage.user("a"))));
    assertTrue(e.getMessage().contains("nothing to learn"), e.getMessage());
  }

  @Test
  void refusalOfTheTemplateNamesTheRecord() {
    CharTokenizer tokenizer = new CharTokenizer().chatTemplate(CharTokenizer::refuse);
    ConfigurationException e =
        assertThrows(ConfigurationException.class, () -> row(tokenizer, TWO_TURNS));
    assertEquals("record 1: refused", e.getMessage());
  }

  @Test
  void wholeConversationIsLearnedIfAsked() {
    Example example =
        InstructionDataset.of(List.of(TWO_TURNS), new CharTokenizer())
            .maskPrompt(false)
            .build()
            .example(0);
    assertEquals(CharTokenizer.text(example), CharTokenizer.shown(example));
  }
}
