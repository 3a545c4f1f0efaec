// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.text;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import io.github.lora4j.ConfigurationException;
import io.github.lora4j.data.ChatMessage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class ChatTemplateTest {
  private static final Map<String, String> TOKENS = Map.of("bos_token", "<s>", "eos_token", "</s>");
  private static final List<ChatMessage> HI = List.of(ChatMessage.user("Hi"));

  static Stream<Arguments> goldenCases() throws IOException {
    return stream(json("golden/tokenizer/chat.json").getAsJsonArray())
        .map(
            c ->
                Arguments.of(
                    c.get("name").getAsString(),
                    c.get("template").getAsString(),
                    messages(c.getAsJsonArray("messages")),
                    c.get("add_generation_prompt").getAsBoolean(),
                    c.get("expected").getAsString()));
  }

  @ParameterizedTest(name = "{0} {3}")
  @MethodSource("goldenCases")
  void rendersGoldenConversations(
      String name, String template, List<ChatMessage> messages, boolean prompt, String expected) {
    assertEquals(expected, ChatTemplate.compile(template).render(messages, prompt, TOKENS));
  }

  static Stream<Arguments> transformersCases() throws IOException {
    JsonObject file = json("jinja/transformers.json").getAsJsonObject();
    return stream(file.getAsJsonArray("cases"))
        .map(
            c -> {
              String name = c.get("template").getAsString();
              String conversation = c.get("conversation").getAsString();
              return Arguments.of(
                  name + " on " + conversation,
                  file.getAsJsonObject("templates").get(name).getAsString(),
                  messages(file.getAsJsonObject("conversations").getAsJsonArray(conversation)),
                  c.get("addGenerationPrompt").getAsBoolean(),
                  c);
            });
  }

  @ParameterizedTest(name = "{0} {3}")
  @MethodSource("transformersCases")
  void rendersOrRefusesAsTransformersDoes(
      String name, String template, List<ChatMessage> messages, boolean prompt, JsonObject result) {
    if (result.has("expected")) {
      assertEquals(
          result.get("expected").getAsString(),
          ChatTemplate.compile(template).render(messages, prompt, TOKENS));
    } else {
      assertThrows(
          ConfigurationException.class,
          () -> ChatTemplate.compile(template).render(messages, prompt, TOKENS));
    }
  }

  @Test
  void messageOfRaiseExceptionIsTheTemplatesOwn() {
    ChatTemplate template = ChatTemplate.compile("{{ raise_exception('Roles must alternate!') }}");
    ConfigurationException e =
        assertThrows(ConfigurationException.class, () -> template.render(HI, false, TOKENS));
    assertEquals("Roles must alternate!", e.getMessage());
  }

  @Test
  void failureNamesTheLine() {
    ChatTemplate template = ChatTemplate.compile("a\n{% if true %}\n{{ nope.x }}\n{% endif %}");
    ConfigurationException e =
        assertThrows(ConfigurationException.class, () -> template.render(HI, false, TOKENS));
    assertEquals("chat template, line 3: 'nope' is undefined", e.getMessage());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{% include '/etc/passwd' %}",
        "{% import 'os' as os %}",
        "{% extends 'x' %}",
        "{% do 1 %}",
        "{% for a in b recursive %}{% endfor %}",
        "{% if true %}",
        "{% endif %}",
        "{{ 'a }}",
        "{{ 1",
        "{# never closed",
        "{% raw %} never closed",
        "{{ (1] }}",
        "{{ a b }}",
        "{{ 99999999999999999999 }}",
        "{{ '\\xZZ' }}",
        "{{ f(*args) }}",
      })
  void refusesWhatItCannotCompile(String source) {
    ConfigurationException e =
        assertThrows(ConfigurationException.class, () -> ChatTemplate.compile(source));
    assertTrue(e.getMessage().startsWith("chat template, "), e.getMessage());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{{ ''.getClass() }}",
        "{{ messages.getClass().forName('java.lang.Runtime') }}",
        "{{ ''.__class__.__mro__ }}",
        "{{ messages.stream() }}",
        "{{ messages[0].entrySet() }}",
        "{{ raise_exception.call() }}",
        "{{ messages.append(1) }}",
        "{{ messages[0].update({}) }}",
        "{% set messages.x = 1 %}",
        "{{ loop.items }}",
      })
  void noJavaObjectIsReachable(String source) {
    ChatTemplate template = ChatTemplate.compile(source);
    assertThrows(ConfigurationException.class, () -> template.render(HI, false, TOKENS));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{% for i in range(100000) %}{% for j in range(100000) %}{% endfor %}{% endfor %}",
        "{% for i in range(100000) %}{% for j in range(100000) %}{{ 'x' * 1000 }}{% endfor %}{% endfor %}",
        "{{ 'x' * 9999999999999 }}",
        "{{ [1] * 9999999999 }}",
        "{{ range(9999999999) }}",
        "{% set ns = namespace(s='xx') %}{% for i in range(99) %}{% set ns.s = ns.s + ns.s %}{% endfor %}",
        "{% set ns = namespace(s='x') %}{% for i in range(99) %}{% set ns.s = ns.s|replace('x', 'xx') %}{% endfor %}",
        "{% set ns = namespace(l=[1]) %}{% for i in range(99) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}{{ ns.l }}",
        "{% set ns = namespace(l=[1], m=[1]) %}{% for i in range(99) %}{% set ns.l = [ns.l, ns.l] %}"
            + "{% set ns.m = [ns.m, ns.m] %}{% endfor %}{{ ns.l == ns.m }}",
        "{% set ns = namespace(l=[1]) %}{% for i in range(99) %}{% set ns.l = [ns.l, ns.l] %}{% endfor %}"
            + "{{ ns.l|tojson }}",
        "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
        "{% macro f() %}{{ f() }}{{ f() }}{% endmacro %}{{ f() }}",
        "{{ 'x'|indent(999999999999, true) }}",
        "{{ {'a': 1}|tojson(indent=999999999999) }}",
        "{{ ('x' * 1000000)|join('y' * 1000000) }}",
        "{{ 2 ** 999999999 }}",
        "{{ 9223372036854775807 + 1 }}",
        "{{ -(-9223372036854775807 - 1) }}",
      })
  void timeAndMemoryAreBounded(String source) {
    ChatTemplate template = ChatTemplate.compile(source);
    assertTimeoutPreemptively(
        Duration.ofSeconds(60),
        () -> assertThrows(ConfigurationException.class, () -> template.render(HI, false, TOKENS)));
  }

  @Test
  void deepNestingIsRefused() {
    String source = "{{ " + "(".repeat(200_000) + "1" + ")".repeat(200_000) + " }}";
    assertThrows(ConfigurationException.class, () -> ChatTemplate.compile(source));
  }

  @Test
  void conversationIsTextAndNeverTemplate() {
    String content = "{{ 7*7 }}{% raw %}{# #}</s><|im_end|>";
    ChatTemplate template = ChatTemplate.compile("{{ messages[0].content }}");
    assertEquals(content, template.render(List.of(ChatMessage.user(content)), false, TOKENS));
  }

  @Test
  void millionCharactersRenderWithinTheBudget() {
    String content = "word ".repeat(200_000);
    ChatTemplate template =
        ChatTemplate.compile(
            "{% for m in messages %}{{ '<|' + m.role + '|>' + m.content | trim + eos_token }}{% endfor %}");
    String text = template.render(List.of(ChatMessage.user(content)), false, TOKENS);
    assertEquals("<|user|>" + content.strip() + "</s>", text);
  }

  private static JsonElement json(String resource) throws IOException {
    return JsonParser.parseString(Files.readString(Path.of("src/test/resources", resource)));
  }

  private static Stream<JsonObject> stream(JsonArray array) {
    return array.asList().stream().map(JsonElement::getAsJsonObject);
  }

  private static List<ChatMessage> messages(JsonArray array) {
    List<ChatMessage> messages = new ArrayList<>();
    stream(array)
        .forEach(
            m ->
                messages.add(
                    new ChatMessage(m.get("role").getAsString(), m.get("content").getAsString())));
    return messages;
  }
}
