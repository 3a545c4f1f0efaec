// SPDX-License-Identifier: Apache-2.0
package io.github.lora4j.djl.text.jinja;

import io.github.lora4j.ConfigurationException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A parsed template. It is safe to render what strangers wrote: no Java object is reachable, and
 * time and memory are bounded. May be used from several threads.
 */
public final class JinjaTemplate {
  private final Node root;

  private JinjaTemplate(Node root) {
    this.root = root;
  }

  /**
   * Parses a template.
   *
   * @param source its text
   * @return the template
   * @throws ConfigurationException if it is malformed or uses what is not supported; names the line
   */
  public static JinjaTemplate parse(String source) {
    try {
      return new JinjaTemplate(new StatementParser(new TokenStream(Lexer.scan(source))).parse());
    } catch (TemplateFault fault) {
      throw failure(fault);
    } catch (StackOverflowError e) {
      throw tooDeep(e);
    }
  }

  /**
   * Renders the template.
   *
   * @param variables what it can see: booleans, numbers, strings, lists, maps with string keys, and
   *     null for None
   * @return the text
   * @throws ConfigurationException if rendering fails, names the line; if the template itself
   *     raises an exception, with its message alone
   */
  public String render(Map<String, ?> variables) {
    Map<String, Object> visible = new HashMap<>(Globals.ALL);
    variables.forEach((name, value) -> visible.put(name, imported(value)));
    try {
      return Node.text(root, Scope.root(visible, new Budget()));
    } catch (TemplateFault fault) {
      throw failure(fault);
    } catch (StackOverflowError e) {
      throw tooDeep(e);
    }
  }

  /** A value of Java as one of Python: copied, so that a template sees nothing else. */
  private static Object imported(@Nullable Object value) {
    if (value == null) {
      return None.NONE;
    }
    if (value instanceof String || value instanceof Boolean) {
      return value;
    }
    if (value instanceof Number number) {
      boolean real = number instanceof Double || number instanceof Float;
      return real ? (Object) number.doubleValue() : (Object) number.longValue();
    }
    if (value instanceof List<?> list) {
      List<Object> copy = new ArrayList<>();
      list.forEach(element -> copy.add(imported(element)));
      return copy;
    }
    if (value instanceof Map<?, ?> map) {
      Map<Object, Object> copy = new LinkedHashMap<>();
      map.forEach((key, element) -> copy.put(imported(key), imported(element)));
      return copy;
    }
    throw new IllegalArgumentException("a template cannot see a " + value.getClass().getName());
  }

  private static ConfigurationException failure(TemplateFault fault) {
    String prefix = fault instanceof TemplateFault.Raised ? "" : "chat template, ";
    return new ConfigurationException(prefix + fault.getMessage(), fault);
  }

  private static ConfigurationException tooDeep(StackOverflowError error) {
    return new ConfigurationException("chat template: nested or recursing too deeply", error);
  }
}
